import { randomUUID } from 'node:crypto';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SQSClient } from '@aws-sdk/client-sqs';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { publicHalves } from '#adapters/access/key-source.ts';
import { createTokenVerifier } from '#adapters/access/verify.ts';
import { makeSignIn } from '#adapters/accounts/sign-in.ts';
import { createPassOwners } from '#adapters/dynamodb/access/pass-owners.ts';
import { createEndedSessions } from '#adapters/dynamodb/accounts/ended-sessions.ts';
import { createEventStore } from '#adapters/dynamodb/events/store.ts';
import { createAccountSeatStore } from '#adapters/dynamodb/sale/account-seats.ts';
import { createSalesStore } from '#adapters/dynamodb/sale/layouts.ts';
import { createPaymentStore } from '#adapters/dynamodb/sale/payments.ts';
import { createReservationStore } from '#adapters/dynamodb/sale/reservations.ts';
import { createSeatStore } from '#adapters/dynamodb/sale/seats.ts';
import { createTossPayments } from '#adapters/payments/toss.ts';
import { createSalesLimiter } from '#adapters/redis/booking-limiter.ts';
import { connectRedis } from '#adapters/redis/connect.ts';
import { createHolds } from '#adapters/redis/holds.ts';
import { createQueue } from '#adapters/redis/queue.ts';
import { createReservationPublisher } from '#adapters/sqs/reservation-publisher.ts';
import { salesTableName } from '#contract/sale-tables.ts';
import { tableName } from '#contract/tables.ts';
import { withFreeOrders } from '#core/sale/free-orders.ts';
import type { SaleTimings, SeatLockDeps } from '../../../functions/seat-lock/deps.ts';
import { visitPolicy } from '../../../functions/seat-lock/policy.ts';
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

/** All settings of a seat-lock worker's environment, as plain values that can be sent to another process. */
export interface SeatSettings {
  readonly redis: { readonly host: string; readonly port: number };
  /** A later reply of Redis counts as missing. @default - the deployment's 1 s */
  readonly redisTimeoutMs?: number | undefined;
  readonly dynamodbUrl: string;
  readonly environmentName: string;
  readonly sqsUrl: string;
  readonly queueUrl: string;
  readonly keys: TestKeys;
  readonly payments: {
    readonly url: string;
    readonly secretKey: string;
    readonly webhookSecret: string;
    readonly timeoutMs?: number;
  };
  readonly timings: SaleTimings;
}

const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
const region = 'us-east-1';

/** The worker's real adapters on a test's servers. Only keys and secrets are passed in instead of fetched. */
export function seatDeps(settings: SeatSettings) {
  const nowMs = Date.now;
  const callTimeoutMs = settings.redisTimeoutMs;
  const redis = connectRedis({ ...settings.redis, isCluster: false, isTls: false }, () => undefined);
  const dynamodb = new DynamoDBClient({ endpoint: settings.dynamodbUrl, region, credentials });
  const documents = DynamoDBDocumentClient.from(dynamodb, {
    marshallOptions: { removeUndefinedValues: true },
  });
  const sqs = new SQSClient({ endpoint: settings.sqsUrl, region, credentials, maxAttempts: 1 });
  const telemetry = countingTelemetry();
  const onUnreadable = reportUnreadable(telemetry, nowMs);
  const keys = keySourceOf(settings.keys.tokens);
  const table = (name: Parameters<typeof salesTableName>[1]) =>
    salesTableName(settings.environmentName, name);
  const sales = createSalesStore(documents, table('sales'));
  const deps: SeatLockDeps = {
    events: createEventStore(documents, tableName(settings.environmentName, 'events'), nowMs),
    queue: createQueue(redis, {
      policy: visitPolicy({ ACTIVE_SECONDS: 600, STAY_SECONDS: 1800 }),
      callTimeoutMs,
    }),
    holds: createHolds(redis, { raiseEpoch: (eventId) => sales.raiseEpoch(eventId), callTimeoutMs }),
    reservations: createReservationStore(documents, table('reservations'), nowMs, onUnreadable),
    payments: createPaymentStore(documents, table('payments'), nowMs, onUnreadable),
    seats: createSeatStore(documents, table('seats'), onUnreadable),
    accountSeats: createAccountSeatStore(documents, table('sales')),
    sales,
    provider: withFreeOrders(createTossPayments(settings.payments)),
    publisher: createReservationPublisher(sqs, settings.queueUrl, (error) => telemetry.error('sqs', error)),
    passOwners: createPassOwners(documents, tableName(settings.environmentName, 'positions')),
    verifier: createTokenVerifier({ keys: publicHalves(keys), issuer: testIssuer, nowMs }),
    recentlyEnded: new RecentlyEnded({
      endedSessions: createEndedSessions(
        documents,
        tableName(settings.environmentName, 'sessions'),
        onUnreadable,
      ),
      telemetry,
      nowMs,
    }),
    signIn: makeSignIn({
      issuer: signInIssuer,
      clientId: signInClient,
      nowMs,
      keys: signInKeysOf(settings.keys.signIn),
    }),
    limiter: createSalesLimiter(redis, nowMs),
    telemetry,
    nowMs,
    workerId: randomUUID(),
    forwardedHops: 1,
    siteUrl: testSiteUrl,
    checkout: {
      checkoutUrl: `${settings.payments.url}/checkout`,
      clientKey: 'test_ck',
    },
    webhookSecret: async () => settings.payments.webhookSecret,
    timings: settings.timings,
    random: Math.random,
  };
  return {
    deps,
    telemetry,
    redis,
    sales,
    close() {
      redis.disconnect();
      dynamodb.destroy();
      sqs.destroy();
    },
  };
}
