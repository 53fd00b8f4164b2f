import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createEdgeConfigStore } from '#adapters/s3/edge-config.ts';
import { edgeConfigKey } from '#contract/edge-config.ts';
import { composeEdgeConfig } from '#core/access/edge-config.ts';
import { createLog } from '#local/log.ts';
import { startChildServer } from '#local/servers/child-server.ts';
import { testEvent } from '../../support/line/vwr-api.ts';

let server: Awaited<ReturnType<typeof startChildServer>>;
let client: S3Client;
beforeAll(async () => {
  server = await startChildServer(
    'queues',
    './queues-child.ts',
    createLog(() => {}),
  );
  client = new S3Client({
    endpoint: server.url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });
  await client.send(new CreateBucketCommand({ Bucket: 'edge' }));
});
afterAll(async () => {
  client.destroy();
  await server.stop();
});

const config = composeEdgeConfig({
  events: [testEvent({ eventId: 'sale' })],
  invalidEventIds: [],
  keys: [],
  issuer: 'urr',
  signIn: undefined,
  previous: undefined,
  nowMs: 1_750_000_000_000,
});

it('a published configuration is read back unchanged', async () => {
  const store = createEdgeConfigStore(client, 'edge');
  expect(await store.get()).toBeUndefined();
  await store.put(config);
  expect(await store.get()).toEqual(config);
});

it('an invalid object counts as none, and is replaced', async () => {
  const store = createEdgeConfigStore(client, 'edge');
  for (const Body of ['', 'not json', '{"version":2}']) {
    await client.send(new PutObjectCommand({ Bucket: 'edge', Key: edgeConfigKey, Body }));
    expect(await store.get()).toBeUndefined();
  }
});

it('a missing bucket is an error, not an empty configuration', async () => {
  await expect(createEdgeConfigStore(client, 'elsewhere').get()).rejects.toThrow();
});
