import { randomUUID } from 'node:crypto';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { createEventStore } from '#adapters/dynamodb/events/store.ts';
import { createEdgeConfigStore } from '#adapters/s3/edge-config.ts';
import { tableName } from '#contract/tables.ts';
import { createLog } from '#local/log.ts';
import { startChildServer } from '#local/servers/child-server.ts';
import { startSecretsManager } from '#local/servers/secrets-manager.ts';
import { cookiesOf, lambdaContext, testEvent } from '../../support/line/vwr-api.ts';
import { bodyOf, place, turn } from '../../support/line/waiting-room.ts';
import { startDynamodb } from '../../support/servers/dynamodb.ts';
import { eventually } from '../../support/time/patience.ts';

const stops: (() => Promise<void>)[] = [];
const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };

async function surroundings() {
  const [dynamodb, objects, secrets] = await Promise.all([
    startDynamodb(),
    startChildServer(
      'queues',
      './queues-child.ts',
      createLog(() => {}),
    ),
    startSecretsManager(),
  ]);
  stops.push(
    () => dynamodb.stop(),
    () => objects.stop(),
    () => secrets.stop(),
  );
  await dynamodb.createTables('deployed');
  const s3 = new S3Client({ endpoint: objects.url, region: 'us-east-1', credentials });
  await s3.send(new CreateBucketCommand({ Bucket: 'edge' }));
  const secret = (name: string, value: string) =>
    secrets.store.create(name, 'us-east-1', '123456789012', value).arn;
  return {
    dynamodb,
    s3,
    signingKeys: secret('keys', '{"keys":[]}'),
    publicKeys: secret('public', '{"keys":[]}'),
    originSecret: secret('origin', 'let-me-in'),
    urls: { dynamodb: dynamodb.url, s3: objects.url, secrets: secrets.url },
  };
}
let around: Awaited<ReturnType<typeof surroundings>>;

beforeAll(async () => {
  around = await surroundings();
  const environment = {
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_ENDPOINT_URL_DYNAMODB: around.urls.dynamodb,
    AWS_ENDPOINT_URL_S3: around.urls.s3,
    AWS_ENDPOINT_URL_SECRETS_MANAGER: around.urls.secrets,
    POWERTOOLS_SERVICE_NAME: 'test',
    POWERTOOLS_METRICS_NAMESPACE: 'URR',
    POWERTOOLS_METRICS_DISABLED: 'true',
    EVENTS_TABLE: tableName('deployed', 'events'),
    COUNTERS_TABLE: tableName('deployed', 'counters'),
    POSITIONS_TABLE: tableName('deployed', 'positions'),
    SIGNING_KEYS_SECRET: around.signingKeys,
    PUBLIC_KEYS_SECRET: around.publicKeys,
    ORIGIN_SECRET: around.originSecret,
    EDGE_CONFIG_BUCKET: 'edge',
    TOKEN_ISSUER: 'urr-test',
    SITE_URL: 'https://tickets.test',
    CYCLE_SECONDS: '1',
    SIGN_IN_ISSUER: 'http://127.0.0.1:1',
    SIGN_IN_CLIENT_ID: 'urr',
  };
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await Promise.all(stops.map((stop) => stop()));
});

it('the three functions, with only their environment, lead a visitor from the join to a pass', async () => {
  const rotation = await import('../../../functions/key-rotation/index.ts');
  const api = await import('../../../functions/vwr-api/index.ts');
  const advancer = await import('../../../functions/counter-advancer/index.ts');
  const ask = (routeKey: string, pathParameters: object, cookies: string[] = []) =>
    api.handler(
      { routeKey, pathParameters, cookies, headers: { 'x-urr-origin-secret': 'let-me-in' } },
      lambdaContext,
    );
  const cycles = (count: number) =>
    advancer.handler({}, { getRemainingTimeInMillis: () => 5_000 + count * 1_000 });

  const events = createEventStore(around.dynamodb.documents, tableName('deployed', 'events'), Date.now);
  await events.create(testEvent({ eventId: 'sale', ratePerMinute: 600, mode: 'waiting-room' }));
  const early = await ask('POST /vwr/assign/{eventId}', { eventId: 'sale' });
  expect([early.statusCode, bodyOf(early).code]).toEqual([503, 'UNAVAILABLE']);

  const token = randomUUID();
  for (const Step of ['createSecret', 'setSecret', 'testSecret', 'finishSecret'])
    await rotation.handler({ Step, SecretId: around.signingKeys, ClientRequestToken: token });
  const joined = await eventually(async () => {
    const answer = await ask('POST /vwr/assign/{eventId}', { eventId: 'sale' });
    expect(answer.statusCode).toBe(200);
    return answer;
  }, 200);

  await cycles(2);
  const published = await createEdgeConfigStore(around.s3, 'edge').get();
  expect(published).toMatchObject({
    issuer: 'urr-test',
    events: { sale: { generation: 1, gated: true, mode: 'waiting-room' } },
  });
  expect(published?.keys.map(({ kid }) => kid)).toEqual([token]);

  const admitted = await eventually(async () => {
    const { requestId } = place(joined);
    const answer = await ask(
      'GET /vwr/check/{eventId}/{id}',
      { eventId: 'sale', id: requestId },
      cookiesOf(joined),
    );
    expect(turn(answer).state).toBe('admitted');
    return answer;
  }, 200);
  expect(cookiesOf(admitted)[0]).toMatch(/^__Host-urr-vwr-token-sale=/);
});
