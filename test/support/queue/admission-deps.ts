import { randomUUID } from 'node:crypto';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SQSClient } from '@aws-sdk/client-sqs';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { publicHalves } from '#adapters/access/key-source.ts';
import { createTokenSigner } from '#adapters/access/sign.ts';
import { createTokenVerifier } from '#adapters/access/verify.ts';
import { makeSignIn } from '#adapters/accounts/sign-in.ts';
import { createPassOwners } from '#adapters/dynamodb/access/pass-owners.ts';
import { createEndedSessions } from '#adapters/dynamodb/accounts/ended-sessions.ts';
import { createEventStore } from '#adapters/dynamodb/events/store.ts';
import { createCapacityStore } from '#adapters/dynamodb/line/capacity.ts';
import { connectRedis, type RedisClient } from '#adapters/redis/connect.ts';
import { createQueue } from '#adapters/redis/queue.ts';
import { createQueueLimiter } from '#adapters/redis/route-limiter.ts';
import { createAdmissionPublisher } from '#adapters/sqs/admission-publisher.ts';
import { tableName } from '#contract/tables.ts';
import type { QueuePolicy } from '#core/queue/ports.ts';
import type { AdmissionDeps } from '../../../functions/admission/deps.ts';
import { reportUnreadable } from '../../../functions/shared/unreadable.ts';
import { RecentlyEnded } from '../../../functions/worker-runtime/ended-sessions.ts';
import {
  keySourceOf,
  signInClient,
  signInIssuer,
  signInKeysOf,
  type TestKeys,
  testIssuer,
} from '../access/identities.ts';
import { countingTelemetry, testSiteUrl } from '../line/vwr-api.ts';
import { readLuaAt } from './lua-clock.ts';

/** All settings of a worker's environment, as plain values that can be sent to another process. */
export interface AdmissionSettings {
  readonly redis: { readonly host: string; readonly port: number; readonly isCluster: boolean };
  readonly dynamodbUrl: string;
  readonly environmentName: string;
  readonly sqsUrl: string;
  readonly queueUrl: string;
  readonly keys: TestKeys;
  readonly policy: QueuePolicy;
  readonly forwardedHops: number;
  /** False switches the rate limits off, because the few people of a test poll as often as a crowd. */
  readonly isLimited: boolean;
  /** Redis key with the time that the scripts read. Absent: they read the server's clock. */
  readonly clockKey?: string;
}

const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
const region = 'us-east-1';

/** The worker's real adapters on a test's servers. Only the two key sets are passed in instead of fetched. */
export function admissionDeps(settings: AdmissionSettings) {
  const nowMs = Date.now;
  const workerId = randomUUID();
  const redis: RedisClient = connectRedis({ ...settings.redis, isTls: false }, () => undefined);
  const dynamodb = new DynamoDBClient({ endpoint: settings.dynamodbUrl, region, credentials });
  const documents = DynamoDBDocumentClient.from(dynamodb, {
    marshallOptions: { removeUndefinedValues: true },
  });
  const sqs = new SQSClient({ endpoint: settings.sqsUrl, region, credentials, maxAttempts: 1 });
  const telemetry = countingTelemetry();
  const keys = keySourceOf(settings.keys.tokens);
  const tokens = { keys, issuer: testIssuer, nowMs };
  const table = (name: 'events' | 'counters' | 'positions' | 'sessions') =>
    tableName(settings.environmentName, name);
  const deps: AdmissionDeps = {
    events: createEventStore(documents, table('events'), nowMs),
    queue: createQueue(redis, {
      policy: settings.policy,
      workerId,
      ...(settings.clockKey === undefined ? {} : { readScript: readLuaAt(settings.clockKey) }),
    }),
    capacity: createCapacityStore(documents, table('counters')),
    publisher: createAdmissionPublisher(sqs, settings.queueUrl, (error) => telemetry.error('sqs', error)),
    keys,
    signer: createTokenSigner(tokens),
    passOwners: createPassOwners(documents, table('positions')),
    verifier: createTokenVerifier({ ...tokens, keys: publicHalves(keys) }),
    recentlyEnded: new RecentlyEnded({
      endedSessions: createEndedSessions(documents, table('sessions'), reportUnreadable(telemetry, nowMs)),
      telemetry,
      nowMs,
    }),
    signIn: makeSignIn({
      issuer: signInIssuer,
      clientId: signInClient,
      nowMs,
      keys: signInKeysOf(settings.keys.signIn),
    }),
    limiter: settings.isLimited ? createQueueLimiter(redis, nowMs) : { take: () => 0 },
    telemetry,
    nowMs,
    workerId,
    siteUrl: testSiteUrl,
    forwardedHops: settings.forwardedHops,
    tickMs: settings.policy.tickMs,
    ticksAtOnce: 16,
  };
  return {
    deps,
    telemetry,
    redis,
    close() {
      redis.disconnect();
      dynamodb.destroy();
      sqs.destroy();
    },
  };
}
