import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seedDemo } from '#local/seed.ts';
import { type RunningSystem, startSystem } from '#local/system.ts';
import { type EditableTemplate, idsOfType, withEditedTemplates } from '../../support/local/templates.ts';

type Edit = (stackName: string, template: EditableTemplate) => void;

const start = (templates: string) => startSystem({ templates, quiet: true, stateFile: false });

/** Returns the error with which the edited templates refuse to start. */
async function refusal(edit: Edit): Promise<string> {
  return withEditedTemplates(edit, async (directory) => {
    const started = await start(directory).catch((error: unknown) => error);
    if (started instanceof Error) return started.message;
    await (started as RunningSystem).stop();
    throw new Error('the edited templates started all the same');
  });
}

/**
 * Changes the one resource of a type that `matches`. Throws if there is none, because an unedited template proves
 * nothing.
 */
function editing(
  type: string,
  matches: (properties: string) => boolean,
  change: (resource: { Type: string; Properties: Record<string, unknown> }) => void,
) {
  let edits = 0;
  const edit: Edit = (_, template) => {
    for (const id of idsOfType(template, type)) {
      const resource = template.Resources[id];
      if (resource === undefined || !matches(JSON.stringify(resource.Properties))) continue;
      change(resource);
      edits += 1;
    }
  };
  return { edit, edits: () => edits };
}

const isVwrApi = (properties: string) => properties.includes('"POWERTOOLS_SERVICE_NAME":"urr-dev-vwr-api"');

describe('the start of the local run', () => {
  it('fails with the name of an environment variable that a function lacks', async () => {
    const { edit, edits } = editing('AWS::Lambda::Function', isVwrApi, ({ Properties }) => {
      delete Object(Properties.Environment).Variables.COUNTERS_TABLE;
    });
    expect(await refusal(edit)).toMatch(/urr-dev-vwr-api cannot start: .*COUNTERS_TABLE/);
    expect(edits()).toBe(1);
  });

  it('fails with the name of a table that has no key', async () => {
    const isPositions = (properties: string) => properties.includes('"TableName":"urr-dev-positions"');
    const { edit, edits } = editing('AWS::DynamoDB::GlobalTable', isPositions, ({ Properties }) => {
      Properties.KeySchema = [];
    });
    expect(await refusal(edit)).toMatch(/urr-dev-state\/TablesPositions.*KeySchema/);
    expect(edits()).toBe(1);
  });

  it('fails with the name of an unknown resource type', async () => {
    const edit: Edit = (_, template) => {
      template.Resources.Strange = { Type: 'AWS::Strange::Thing', Properties: {} };
    };
    expect(await refusal(edit)).toMatch('Strange: resource type AWS::Strange::Thing is not known');
  });

  it('fails with the name of an unknown property that would change behaviour', async () => {
    const { edit } = editing(
      'AWS::SQS::Queue',
      () => true,
      ({ Properties }) => {
        Properties.PriorityLanes = 3;
      },
    );
    expect(await refusal(edit)).toMatch(/AWS::SQS::Queue.*property PriorityLanes is not known/);
  });

  it('succeeds without a permission to invoke a function, whose API then responds with 500, as on AWS', async () => {
    const edit: Edit = (_, template) => {
      for (const id of idsOfType(template, 'AWS::Lambda::Permission'))
        if (JSON.stringify(template.Resources[id]).includes('apigateway.amazonaws.com'))
          delete template.Resources[id];
    };
    await withEditedTemplates(edit, async (directory) => {
      const system = await start(directory);
      try {
        expect((await fetch(`${system.url}/vwr-api/vwr/jwks`)).status).toBe(500);
      } finally {
        await system.stop();
      }
    });
  });

  it('fails for an environment variable at the edge, because Lambda@Edge has none', async () => {
    const isGate = (properties: string) => properties.includes('"FunctionName":"urr-dev-token-gate"');
    const { edit, edits } = editing('AWS::Lambda::Function', isGate, ({ Properties }) => {
      Properties.Environment = { Variables: { SECRET: 'x' } };
    });
    expect(await refusal(edit)).toMatch('urr-dev-token-gate has environment variables (SECRET)');
    expect(edits()).toBe(1);
  });
});

describe('a system whose templates lack a route and have another key name', () => {
  const edits = { routes: 0, keys: 0 };
  const edit: Edit = (_, template) => {
    for (const id of idsOfType(template, 'AWS::ApiGatewayV2::Route')) {
      if (!JSON.stringify(template.Resources[id]?.Properties).includes('GET /vwr/status/')) continue;
      delete template.Resources[id];
      edits.routes += 1;
    }
    for (const id of idsOfType(template, 'AWS::DynamoDB::GlobalTable')) {
      const properties = template.Resources[id]?.Properties;
      if (properties?.TableName !== 'urr-dev-positions') continue;
      properties.KeySchema = [{ AttributeName: 'renamed', KeyType: 'HASH' }];
      properties.AttributeDefinitions = [{ AttributeName: 'renamed', AttributeType: 'S' }];
      edits.keys += 1;
    }
  };
  let system: RunningSystem;
  beforeAll(async () => {
    system = await withEditedTemplates(edit, start);
    expect(edits).toEqual({ routes: 1, keys: 1 });
  });
  afterAll(() => system?.stop());

  it('responds to the missing route with a 404 of API Gateway', async () => {
    const answer = await fetch(`${system.url}/vwr-api/vwr/status/any`);
    expect(answer.status).toBe(404);
    expect(await answer.json()).toEqual({ message: 'Not Found' });
    // The function still serves another route, with its own error format.
    const neighbour = await fetch(`${system.url}/vwr-api/vwr/jwks`);
    expect(neighbour.status).toBe(200);
  });

  it('fails each join where the key has another name than in the code, and gives no place', async () => {
    await seedDemo({
      dynamodbEndpoint: system.endpoints.dynamodb,
      environmentName: 'dev',
      nowMs: Date.now(),
    });
    const answer = await fetch(`${system.url}/vwr-api/vwr/assign/demo-line`, { method: 'POST' });
    expect(answer.status).toBeGreaterThanOrEqual(500);
  });
});
