import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { readAssembly } from '#local/cloudformation/assembly.ts';
import { LambdaFunction } from '#local/lambda/function.ts';
import { silentLog } from '#local/log.ts';
import { localCredentials } from '#local/registry.ts';
import { synthesize } from '#local/synthesize.ts';
import { startSystem } from '#local/system.ts';
import { type EditableTemplate, idsOfType, withEditedTemplates } from '../../support/local/templates.ts';

/** Every function, table and route of the templates, so that later ones are tested too. */

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

/** Returns the error with which the changed templates refuse to start, and the resources that started nevertheless. */
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

const functionSchema = z.looseObject({
  Code: z.looseObject({ S3Key: z.string() }),
  Handler: z.string(),
  Environment: z.looseObject({
    Variables: z
      .record(z.string(), z.unknown())
      .refine((variables) => typeof variables.POWERTOOLS_SERVICE_NAME === 'string'),
  }),
});
/** Variables with a default. */
const optional = new Set(['LOG_LEVEL', 'NODE_OPTIONS']);
const startsAtOnce = 4;

/** Starts a function as the local run does. Returns the reason of a failure; undefined: it starts. */
async function coldStart(
  name: string,
  directory: string,
  handler: string,
  variables: Record<string, unknown>,
): Promise<string | undefined> {
  const one = new LambdaFunction({
    name,
    directory,
    handler,
    // Values of other resources are addresses here, because any variable may be one.
    variables: Object.fromEntries(
      Object.entries(variables).map(([key, value]) => [
        key,
        typeof value === 'string' ? value : 'https://a.example/b',
      ]),
    ),
    arn: `arn:aws:lambda:us-east-1:000000000000:function:${name}`,
    region: 'us-east-1',
    runtime: 'nodejs24.x',
    timeLimitFactor: 1,
    timeoutMs: 3000,
    memoryMb: 256,
    concurrencyMax: 1,
    endpointVariables: {},
    credentials: localCredentials,
    log: silentLog,
  });
  try {
    await one.warm();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  } finally {
    await one.stop();
  }
}

const routeSchema = z.looseObject({ RouteKey: z.string() });

describe('a template without one of its parts', () => {
  it('stops the start of a function that lacks a variable, with an error that names it', async () => {
    const { stacks, assets } = await readAssembly(await synthesize('dev', () => {}));
    const functions = stacks.flatMap(({ template }) =>
      Object.values(template.Resources).flatMap(({ Type, Properties }) => {
        const properties = Type === 'AWS::Lambda::Function' && functionSchema.safeParse(Properties).data;
        return properties ? [properties] : [];
      }),
    );
    expect(functions.length).toBeGreaterThanOrEqual(4);
    const starts = functions.flatMap(({ Code, Handler, Environment: { Variables } }) => {
      const directory = assets.get(Code.S3Key) ?? '';
      const without = (missing: string) =>
        Object.fromEntries(Object.entries(Variables).filter(([name]) => name !== missing));
      const name = String(Variables.POWERTOOLS_SERVICE_NAME);
      const own = Object.keys(Variables).filter((one) => !optional.has(one));
      return [
        { name, missing: undefined, start: () => coldStart(name, directory, Handler, Variables) },
        ...own.map((missing) => ({
          name,
          missing,
          start: () => coldStart(name, directory, Handler, without(missing)),
        })),
      ];
    });
    const next = starts.values();
    await Promise.all(
      Array.from({ length: startsAtOnce }, async () => {
        for (const { name, missing, start } of next) {
          const problem = await start();
          if (missing === undefined) expect(problem, `${name} with all of them`).toBeUndefined();
          else expect(problem).toMatch(new RegExp(`^Lambda function ${name} cannot start: .*${missing}`));
        }
      }),
    );
  });

  it('stops the creation of a table that lacks its key, with an error that names it', async () => {
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

  it('does not serve a route that it lacks', async () => {
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
          // Tier 1's API has a prefix, which the edge removes.
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
