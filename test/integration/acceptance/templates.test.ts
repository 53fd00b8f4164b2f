import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { startSystem } from '#local/system.ts';
import { type EditableTemplate, idsOfType, withEditedTemplates } from '../../support/local-templates.ts';

/** Every function, table and route that the templates have, so that one added later is held to the same. */

type Resource = EditableTemplate['Resources'][string];
interface Found {
  readonly stack: string;
  readonly id: string;
  readonly resource: Resource;
}

async function all(type: string): Promise<Found[]> {
  const found: Found[] = [];
  await withEditedTemplates(
    (stack, template) => {
      for (const id of idsOfType(template, type)) {
        const resource = template.Resources[id];
        if (resource !== undefined) found.push({ stack, id, resource: structuredClone(resource) });
      }
    },
    async () => {},
  );
  return found;
}

const start = (templates: string) => startSystem({ templates, quiet: true, stateFile: false });

/** The message with which the templates refuse to start when one resource is changed; what started all the same. */
async function refusal({ stack, id }: Found, change: (resource: Resource) => void): Promise<string> {
  const edit = (name: string, template: EditableTemplate) => {
    const resource = template.Resources[id];
    if (name === stack && resource !== undefined) change(resource);
  };
  return withEditedTemplates(edit, async (directory) => {
    const started = await start(directory).catch((error: unknown) => error);
    if (started instanceof Error) return started.message;
    if (typeof started === 'object' && started !== null && 'stop' in started) await Object(started).stop();
    return 'it started all the same';
  });
}

const plain = (text: string) => text.toLowerCase().replaceAll('-', '');

const functionSchema = z.looseObject({
  Environment: z.looseObject({ Variables: z.looseObject({ POWERTOOLS_SERVICE_NAME: z.string() }) }),
});
const routeSchema = z.looseObject({ RouteKey: z.string() });

describe('what the templates lack is missing on one machine too', () => {
  it('each function refuses to start without a variable of its own, and the run says which', async () => {
    const ours = (await all('AWS::Lambda::Function')).flatMap((found) => {
      const variables = functionSchema.safeParse(found.resource.Properties).data?.Environment.Variables;
      if (variables === undefined) return [];
      const missing = Object.keys(variables).find((name) => /_(?:TABLE|SECRET|BUCKET)$/.test(name));
      return missing === undefined ? [] : [{ found, missing, service: variables.POWERTOOLS_SERVICE_NAME }];
    });
    expect(ours.length).toBeGreaterThanOrEqual(4);
    for (const { found, missing, service } of ours) {
      const message = await refusal(found, ({ Properties }) => {
        delete Object(Properties.Environment).Variables[missing];
      });
      // `key-rotation` to Lambda, `keyRotation` to its own check of the environment.
      expect(plain(message), message).toContain(plain(service.replace('urr-dev-', '')));
      expect(message).toContain(missing);
    }
  });

  it('each table refuses to be made without its key, and the run says which', async () => {
    const tables = await all('AWS::DynamoDB::GlobalTable');
    expect(tables.length).toBeGreaterThanOrEqual(3);
    for (const table of tables) {
      const message = await refusal(table, ({ Properties }) => {
        Properties.KeySchema = [];
      });
      expect(message).toContain(`/${table.id} `);
      expect(message).toContain('KeySchema');
    }
  });

  it('each route that is not in the template is not there', async () => {
    const routes = (await all('AWS::ApiGatewayV2::Route')).map(
      ({ resource }) => routeSchema.parse(resource.Properties).RouteKey,
    );
    expect(routes.length).toBeGreaterThanOrEqual(6);
    const edit = (_: string, template: EditableTemplate) => {
      for (const id of idsOfType(template, 'AWS::ApiGatewayV2::Route')) delete template.Resources[id];
    };
    await withEditedTemplates(edit, async (directory) => {
      const system = await start(directory);
      try {
        for (const route of routes) {
          const [method = '', path = ''] = route.replaceAll(/\{[^}]+\}/g, 'any').split(' ');
          // Tier 1's API has a prefix that the edge removes.
          const address = path.startsWith('/vwr/') ? `/vwr-api${path}` : path;
          const answer = await fetch(`${system.url}${address}`, { method });
          expect([answer.status, await answer.json()], route).toEqual([404, { message: 'Not Found' }]);
        }
      } finally {
        await system.stop();
      }
    });
  });
});
