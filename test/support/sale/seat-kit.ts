import { randomUUID } from 'node:crypto';
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  type Message,
  ReceiveMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { z } from 'zod';
import { createEventStore } from '#adapters/dynamodb/events/store.ts';
import { createSalesStore } from '#adapters/dynamodb/sale/layouts.ts';
import type { UrrEvent } from '#contract/event.ts';
import { queueKeys } from '#contract/queue-keys.ts';
import type { SeatLayout } from '#contract/sale.ts';
import { salesTableName } from '#contract/sale-tables.ts';
import { tableName } from '#contract/tables.ts';
import { accessCookie, tokenCookie } from '#contract/tokens.ts';
import type { EventStore } from '#core/events/ports.ts';
import { createLog } from '#local/log.ts';
import { type Sandbox, startSandbox } from '#local/payments/sandbox.ts';
import { startChildServer } from '#local/servers/child-server.ts';
import type { SaleTimings, SeatLockDeps } from '../../../functions/seat-lock/deps.ts';
import { defaultTimings } from '../../../functions/seat-lock/policy.ts';
import { createSeatLockWorker } from '../../../functions/seat-lock/worker.ts';
import { createIdentities, type Identities } from '../access/identities.ts';
import { startTcpProxy } from '../http/tcp-proxy.ts';
import { type Counted, testEvent } from '../line/vwr-api.ts';
import { startDynamodb, type TestDynamodb } from '../servers/dynamodb.ts';
import { type RedisServer, startRedis } from '../servers/redis.ts';
import { until } from '../time/patience.ts';
import { patienceMs } from '../time/patience-ms.ts';
import { type SeatSettings, seatDeps } from './seat-deps.ts';
import { testSections } from './seat-sections.ts';
import { createSalesTables } from './tables.ts';

export const testTimings: SaleTimings = {
  ...defaultTimings,
  sweepMs: 250,
  publishMs: 250,
  reconcileMs: 500,
  retryDelays: { firstMs: 300, retryMs: 500, retryMsMax: 2_000 },
  repairMs: 500,
  soldOutMs: 500,
};

/** Everything that a seat-lock worker uses: real servers that belong to one test file. */
export interface SeatKit {
  readonly identities: Identities;
  readonly dynamodb: TestDynamodb;
  readonly redis: RedisServer;
  readonly sandbox: Sandbox;
  readonly settings: SeatSettings;
  readonly events: EventStore;
  /** Creates an event and its layout: two rows of ten at 50,000 KRW, and a standing area of 20 at 30,000 KRW. */
  createSale(
    event?: Partial<UrrEvent>,
    sections?: SeatLayout['sections'],
  ): Promise<{ event: UrrEvent; layout: SeatLayout }>;
  /** Stores the limit in Redis, as a tick of an admission worker does; also needed after Redis has lost its data. */
  tellLimit(eventId: string): Promise<void>;
  /** Starts a worker in this process. With `port`, it receives the webhooks. */
  startWorker(
    more?: Partial<SeatSettings>,
    change?: (deps: SeatLockDeps) => SeatLockDeps,
    drainMaxMs?: number,
  ): Promise<SeatWorker>;
  /** Returns a signed-in shopper with an entry token of an event. */
  shopper(eventId: string, sub?: string): Promise<SeatShopper>;
  /** Receives and deletes all messages of the queue of reservation events. */
  messages(): Promise<Message[]>;
  stop(): Promise<void>;
}

export interface SeatWorker {
  readonly url: string;
  readonly deps: SeatLockDeps;
  readonly telemetry: Counted;
  stop(): Promise<void>;
}

/** The requests of one shopper's browser, from an address of its own. */
export interface SeatShopper {
  readonly sub: string;
  readonly cookies: Map<string, string>;
  readonly address: string;
}

const quiet = createLog(() => {});
const recordSchema = z.record(z.string(), z.unknown());
const secretKey = 'test_sk_sandbox';
const webhookSecret = 'hook';
let sales = 0;

export async function startSeatKit(timings: SaleTimings = testTimings): Promise<SeatKit> {
  // The provider needs the webhook's address before a worker has one, so this proxy is in front of the first worker.
  const webhookDoor = await startTcpProxy(0);
  const [redis, dynamodb, queues, identities, sandbox] = await Promise.all([
    startRedis(),
    startDynamodb(),
    startChildServer('queues', './queues-child.ts', quiet),
    createIdentities(),
    startSandbox({
      secretKey,
      webhook: { url: `http://127.0.0.1:${webhookDoor.port}/api/v1/payments/webhook`, secret: webhookSecret },
    }),
  ]);
  const environmentName = `t${randomUUID().slice(0, 8)}`;
  await dynamodb.createTables(environmentName);
  await createSalesTables(dynamodb.client, environmentName);
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  const sqs = new SQSClient({ endpoint: queues.url, region: 'us-east-1', credentials });
  const attributes = { FifoQueue: 'true', VisibilityTimeout: '30' };
  const { QueueUrl } = await sqs.send(
    new CreateQueueCommand({ QueueName: `${environmentName}.fifo`, Attributes: attributes }),
  );
  if (QueueUrl === undefined) throw new Error('no queue');
  const settings: SeatSettings = {
    redis: { host: redis.host, port: redis.port },
    redisTimeoutMs: patienceMs,
    dynamodbUrl: dynamodb.url,
    environmentName,
    sqsUrl: queues.url,
    queueUrl: QueueUrl,
    keys: identities.keys,
    payments: { url: sandbox.url, secretKey, webhookSecret, timeoutMs: patienceMs },
    timings,
  };
  const stops: (() => Promise<unknown>)[] = [];
  let isFirstWorker = true;
  const events = createEventStore(dynamodb.documents, tableName(environmentName, 'events'), Date.now);
  const layouts = createSalesStore(dynamodb.documents, salesTableName(environmentName, 'sales'));

  const tellLimit = async (eventId: string) => {
    await redis.client().hset(queueKeys(eventId, 1).meta, 'most', 1_000);
  };

  return {
    identities,
    dynamodb,
    redis,
    sandbox,
    settings,
    events,
    async createSale(more = {}, sections = testSections) {
      sales += 1;
      const event = testEvent({ eventId: `sale-${sales}-${randomUUID().slice(0, 6)}`, ...more });
      const layout = { eventId: event.eventId, revision: 1, sections };
      await layouts.putLayout(layout);
      await events.create(event);
      await tellLimit(event.eventId);
      return { event, layout };
    },
    tellLimit,
    async startWorker(more = {}, change = (deps) => deps, drainMaxMs = 5_000) {
      const made = seatDeps({ ...settings, ...more });
      const deps = change(made.deps);
      const options = { port: 0, host: '127.0.0.1', drainGraceMs: 0, drainMaxMs };
      const worker = createSeatLockWorker(deps, options);
      const listening = await worker.start();
      if (isFirstWorker) webhookDoor.turnTo(listening);
      isFirstWorker = false;
      const stop = async () => {
        await worker.stop();
        made.close();
      };
      stops.push(stop);
      return { url: `http://127.0.0.1:${listening}`, deps, telemetry: made.telemetry, stop };
    },
    async shopper(eventId, sub = `user-${randomUUID()}`) {
      const claims = { aud: eventId, sub: `u.${sub}`, gen: 1, jti: `${Date.now()}-${'n'.repeat(12)}-1` };
      const [access, entry] = await Promise.all([
        identities.accessToken(sub),
        identities.signer.entry(claims),
      ]);
      const cookies = new Map([
        [accessCookie, access],
        [tokenCookie.entry(eventId), entry.token],
      ]);
      return { sub, cookies, address: `10.${Math.floor(Math.random() * 2 ** 24)}` };
    },
    async messages() {
      const messages: Message[] = [];
      for (let emptyRounds = 0; emptyRounds < 2; ) {
        const { Messages = [] } = await sqs.send(
          new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 0 }),
        );
        // A FIFO group delivers no further message while one is in flight.
        for (const { ReceiptHandle } of Messages)
          await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
        messages.push(...Messages);
        emptyRounds = Messages.length === 0 ? emptyRounds + 1 : 0;
      }
      return messages;
    },
    async stop() {
      await Promise.all(stops.map((stop) => stop()));
      sqs.destroy();
      await Promise.all([redis, dynamodb, queues, sandbox, webhookDoor].map((one) => one.stop()));
    },
  };
}

interface SeatAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Record<string, unknown>;
}

/** Sends one request. Cookies that the response deletes leave the shopper's jar. */
export async function ask(
  worker: { readonly url: string },
  method: 'GET' | 'POST',
  path: string,
  shopper: SeatShopper | undefined,
  more: { headers?: Record<string, string>; body?: unknown } = {},
): Promise<SeatAnswer> {
  const cookie = [...(shopper?.cookies ?? [])].map(([name, value]) => `${name}=${value}`).join('; ');
  const response = await fetch(`${worker.url}/api/v1/${path}`, {
    method,
    headers: {
      ...(cookie === '' ? {} : { cookie }),
      ...(shopper === undefined ? {} : { 'x-forwarded-for': shopper.address }),
      ...(more.body === undefined ? {} : { 'content-type': 'application/json' }),
      ...more.headers,
    },
    ...(more.body === undefined ? {} : { body: JSON.stringify(more.body) }),
    signal: AbortSignal.timeout(patienceMs),
  });
  for (const line of response.headers.getSetCookie()) {
    const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
    if (value === '') shopper?.cookies.delete(name);
  }
  const text = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    body: text === '' ? {} : recordSchema.parse(JSON.parse(text)),
  };
}

/** Reserves with a new key, unless one is given. */
export const reserveAs = (
  worker: { readonly url: string },
  shopper: SeatShopper,
  body: unknown,
  key: string = randomUUID(),
) => ask(worker, 'POST', 'seats/reserve', shopper, { body, headers: { 'idempotency-key': key } });

/** Reserves as the page does: repeats the call with the same key while the worker is too busy. */
export const reservePatiently = (worker: { readonly url: string }, shopper: SeatShopper, body: unknown) => {
  const key = randomUUID();
  return until(
    () => reserveAs(worker, shopper, body, key),
    ({ status }) => status !== 503,
  );
};
