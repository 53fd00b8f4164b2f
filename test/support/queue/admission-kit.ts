import { fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  type Message,
  ReceiveMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import type { SQSRecord } from 'aws-lambda';
import { z } from 'zod';
import { createEventStore } from '#adapters/dynamodb/events/store.ts';
import { type AdmissionStatistics, createAdmissionStatistics } from '#adapters/dynamodb/queue/statistics.ts';
import { type AdmissionEvent, admissionEventSchema } from '#contract/admission-event.ts';
import type { UrrEvent } from '#contract/event.ts';
import { tableName } from '#contract/tables.ts';
import { accessCookie, tokenCookie, visitorCookie } from '#contract/tokens.ts';
import type { EventStore } from '#core/events/ports.ts';
import type { QueuePolicy } from '#core/queue/ports.ts';
import { createLog } from '#local/log.ts';
import { type ChildServer, startChildServer } from '#local/servers/child-server.ts';
import { AdmissionWorker } from '../../../functions/admission/worker.ts';
import { makeHandler } from '../../../functions/admission-events/handler.ts';
import { createIdentities, type Identities } from '../access/identities.ts';
import { type Counted, countingTelemetry, testEvent } from '../line/vwr-api.ts';
import { startDynamodb, type TestDynamodb } from '../servers/dynamodb.ts';
import { type RedisServer, startRedis } from '../servers/redis.ts';
import { noneUnreadable } from '../servers/unreadable.ts';
import { patienceMs } from '../time/patience-ms.ts';
import { type AdmissionSettings, admissionDeps } from './admission-deps.ts';
import { testPolicy } from './harness.ts';

/** Everything that an admission worker uses: real servers that belong to one test file. */
export interface AdmissionKit {
  readonly identities: Identities;
  readonly dynamodb: TestDynamodb;
  readonly redis: RedisServer;
  readonly sqs: SQSClient;
  readonly settings: AdmissionSettings;
  readonly events: EventStore;
  createEvent(more?: Partial<UrrEvent>): Promise<UrrEvent>;
  /** Starts a worker in this process. */
  startWorker(more?: Partial<AdmissionSettings>): Promise<TestWorker>;
  /** Starts a worker in a process of its own, which the test can kill. */
  forkWorker(more?: Partial<AdmissionSettings>): Promise<ForkedWorker>;
  readonly statistics: AdmissionStatistics;
  /** Passes the queue's messages to the consumer as Lambda does, until there are none. Returns their bodies. */
  consume(): Promise<AdmissionEvent[]>;
  stop(): Promise<void>;
}

export interface TestWorker {
  readonly url: string;
  readonly worker: AdmissionWorker;
  readonly telemetry: Counted;
  stop(): Promise<void>;
}
export interface ForkedWorker {
  readonly url: string;
  readonly pid: number;
  kill(): Promise<void>;
  /** Sends SIGTERM, waits, and returns the exit code. */
  terminate(): Promise<number | null>;
}

const recordSchema = z.record(z.string(), z.unknown());
const quiet = createLog(() => {});
let events = 0;

export async function startAdmissionKit(
  options: { policy?: Partial<QueuePolicy>; redis?: RedisServer; isCluster?: boolean } = {},
): Promise<AdmissionKit> {
  const [redis, dynamodb, queues, identities] = await Promise.all([
    options.redis ?? startRedis(),
    startDynamodb(),
    startChildServer('queues', './queues-child.ts', quiet),
    createIdentities(),
  ]);
  const environmentName = `t${randomUUID().slice(0, 8)}`;
  await dynamodb.createTables(environmentName);
  const sqs = new SQSClient({
    endpoint: queues.url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });
  const queueUrl = await createFifoQueue(sqs, `${environmentName}.fifo`);
  const settings: AdmissionSettings = {
    redis: { host: redis.host, port: redis.port, isCluster: options.isCluster ?? false },
    dynamodbUrl: dynamodb.url,
    environmentName,
    sqsUrl: queues.url,
    queueUrl,
    keys: identities.keys,
    policy: { ...testPolicy, ...options.policy },
    forwardedHops: 0,
    isLimited: true,
  };
  return assemble(settings, { redis, dynamodb, queues, sqs, identities });
}

async function createFifoQueue(sqs: SQSClient, name: string): Promise<string> {
  const { QueueUrl } = await sqs.send(
    new CreateQueueCommand({ QueueName: name, Attributes: { FifoQueue: 'true', VisibilityTimeout: '30' } }),
  );
  if (QueueUrl === undefined) throw new Error('no queue');
  return QueueUrl;
}

interface Servers {
  readonly redis: RedisServer;
  readonly dynamodb: TestDynamodb;
  readonly queues: ChildServer;
  readonly sqs: SQSClient;
  readonly identities: Identities;
}

function assemble(
  settings: AdmissionSettings,
  { redis, dynamodb, queues, sqs, identities }: Servers,
): AdmissionKit {
  const stops: (() => Promise<unknown>)[] = [];
  const statistics = createAdmissionStatistics(
    dynamodb.documents,
    tableName(settings.environmentName, 'stats'),
    noneUnreadable,
  );
  const store = createEventStore(dynamodb.documents, tableName(settings.environmentName, 'events'), Date.now);
  return {
    identities,
    dynamodb,
    redis,
    sqs,
    settings,
    events: store,
    async createEvent(more = {}) {
      events += 1;
      const event = testEvent({ eventId: `sale-${events}`, threshold: 5, ...more });
      await store.create(event);
      return event;
    },
    async startWorker(more = {}) {
      const { deps, telemetry, close } = admissionDeps({ ...settings, ...more });
      const worker = new AdmissionWorker(deps, {
        port: 0,
        host: '127.0.0.1',
        drainGraceMs: 0,
        drainMaxMs: 5_000,
      });
      const port = await worker.start();
      const stop = async () => {
        await worker.stop();
        close();
      };
      stops.push(stop);
      return { url: `http://127.0.0.1:${port}`, worker, telemetry, stop };
    },
    async forkWorker(more = {}) {
      const forked = await forkWorker({ ...settings, ...more });
      stops.push(forked.kill);
      return forked;
    },
    statistics,
    consume: () =>
      consumeAll(sqs, settings.queueUrl, makeHandler({ statistics, telemetry: countingTelemetry() })),
    async stop() {
      await Promise.all(stops.map((stop) => stop()));
      sqs.destroy();
      await Promise.all([redis.stop(), dynamodb.stop(), queues.stop()]);
    },
  };
}

async function forkWorker(settings: AdmissionSettings): Promise<ForkedWorker> {
  const child = fork(fileURLToPath(new URL('./admission-child.ts', import.meta.url)), [], {
    env: { PATH: process.env.PATH ?? '' },
    execArgv: ['--disable-warning=ExperimentalWarning'],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const exited = once(child, 'exit');
  child.send(settings);
  const [report]: unknown[] = await once(child, 'message', { signal: AbortSignal.timeout(patienceMs) });
  const port = typeof report === 'object' && report !== null && 'port' in report ? report.port : undefined;
  const end = async (signal: 'SIGKILL' | 'SIGTERM') => {
    if (child.exitCode === null && child.signalCode === null) child.kill(signal);
    await exited;
    return child.exitCode;
  };
  return {
    url: `http://127.0.0.1:${port}`,
    pid: child.pid ?? 0,
    kill: async () => void (await end('SIGKILL')),
    terminate: () => end('SIGTERM'),
  };
}

async function consumeAll(
  sqs: SQSClient,
  queueUrl: string,
  handler: ReturnType<typeof makeHandler>,
): Promise<AdmissionEvent[]> {
  const seen: AdmissionEvent[] = [];
  for (let emptyRounds = 0; emptyRounds < 2; ) {
    const { Messages = [] } = await sqs.send(
      new ReceiveMessageCommand({
        QueueUrl: queueUrl,
        MaxNumberOfMessages: 10,
        WaitTimeSeconds: 0,
        MessageSystemAttributeNames: ['All'],
      }),
    );
    emptyRounds = Messages.length === 0 ? emptyRounds + 1 : 0;
    if (Messages.length === 0) continue;
    const { batchItemFailures } = await handler({ Records: Messages.map(toRecord) });
    const failed = new Set(batchItemFailures.map(({ itemIdentifier }) => itemIdentifier));
    for (const message of Messages.filter(({ MessageId = '' }) => !failed.has(MessageId))) {
      seen.push(admissionEventSchema.parse(JSON.parse(message.Body ?? '')));
      await sqs.send(
        new DeleteMessageCommand({ QueueUrl: queueUrl, ReceiptHandle: message.ReceiptHandle ?? '' }),
      );
    }
  }
  return seen;
}

/** Returns a message in the form in which Lambda passes it. */
export const toRecord = ({
  MessageId = '',
  ReceiptHandle = '',
  Body = '',
  Attributes = {},
}: Message): SQSRecord => ({
  messageId: MessageId,
  receiptHandle: ReceiptHandle,
  body: Body,
  attributes: {
    ApproximateReceiveCount: Attributes.ApproximateReceiveCount ?? '1',
    SentTimestamp: Attributes.SentTimestamp ?? '0',
    SenderId: Attributes.SenderId ?? '',
    ApproximateFirstReceiveTimestamp: Attributes.ApproximateFirstReceiveTimestamp ?? '0',
    MessageGroupId: Attributes.MessageGroupId ?? '',
  },
  messageAttributes: {},
  md5OfBody: '',
  eventSource: 'aws:sqs',
  eventSourceARN: 'arn:aws:sqs:us-east-1:1:admission-events.fifo',
  awsRegion: 'us-east-1',
});

/** The requests of one shopper's browser. */
export interface Shopper {
  readonly sub: string;
  readonly cookies: Map<string, string>;
}

/** Returns a signed-in shopper with a pass of the browser. */
export async function shopperWithPass(
  { identities }: Pick<AdmissionKit, 'identities'>,
  eventId: string,
  seq: number,
  sub = `user-${randomUUID()}`,
): Promise<Shopper> {
  const { pass, visitor } = await identities.visitorPass({ eventId, seq });
  const access = await identities.accessToken(sub);
  return {
    sub,
    cookies: new Map([
      [accessCookie, access],
      [visitorCookie, visitor],
      [tokenCookie.pass(eventId), pass],
    ]),
  };
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Record<string, unknown>;
}

/** Sends one request. Cookies of the response go into the shopper's jar. */
export async function send(
  base: string,
  method: string,
  path: string,
  shopper: Shopper | undefined,
  more: { headers?: Record<string, string>; body?: unknown } = {},
): Promise<Answer> {
  const cookie = [...(shopper?.cookies ?? [])].map(([name, value]) => `${name}=${value}`).join('; ');
  const response = await fetch(`${base}/api/v1/queue/${path}`, {
    method,
    headers: {
      ...(cookie === '' ? {} : { cookie }),
      ...(more.body === undefined ? {} : { 'content-type': 'application/json' }),
      ...more.headers,
    },
    ...(more.body === undefined ? {} : { body: JSON.stringify(more.body) }),
    signal: AbortSignal.timeout(patienceMs),
  });
  for (const line of response.headers.getSetCookie()) {
    const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
    if (value === '') shopper?.cookies.delete(name);
    else shopper?.cookies.set(name, value);
  }
  return {
    status: response.status,
    headers: response.headers,
    body: recordSchema.parse(await response.json()),
  };
}
