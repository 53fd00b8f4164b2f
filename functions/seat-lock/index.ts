import { randomUUID } from 'node:crypto';
import { pathToFileURL } from 'node:url';
import { cached } from '#adapters/cached.ts';
import { createDocumentClient } from '#adapters/dynamodb/client.ts';
import { createEventStore } from '#adapters/dynamodb/events.ts';
import { createPaymentStore } from '#adapters/dynamodb/sales/payments.ts';
import { createReservationStore } from '#adapters/dynamodb/sales/reservations.ts';
import { createSalesStore } from '#adapters/dynamodb/sales/sales.ts';
import { createSeatStore } from '#adapters/dynamodb/sales/seats.ts';
import { createTossPayments } from '#adapters/payments/toss.ts';
import { createSalesLimiter } from '#adapters/redis/booking-limiter.ts';
import { connectRedis } from '#adapters/redis/connect.ts';
import { createHolds } from '#adapters/redis/holds.ts';
import { createQueue } from '#adapters/redis/queue.ts';
import { luaDirectory, readLua } from '#adapters/redis/script.ts';
import { createSecretReader, createSecretsClient } from '#adapters/secrets/reader.ts';
import { createSqsClient } from '#adapters/sqs/client.ts';
import { createReservationPublisher } from '#adapters/sqs/reservation-publisher.ts';
import { createKeySource } from '#adapters/tokens/key-source.ts';
import { createTokenVerifier } from '#adapters/tokens/verify.ts';
import { type EnvironmentOf, parseEnvironment } from '#contract/environment.ts';
import { withFreeOrders } from '#core/sales/free-orders.ts';
import { createTelemetry } from '../shared/telemetry.ts';
import { signInOf } from '../shared/worker/sign-in.ts';
import type { SeatLockDeps } from './deps.ts';
import { defaultTimings, visitPolicy } from './policy.ts';
import { createSeatLockWorker } from './worker.ts';

/** The load balancer takes a target out within its deregistration delay; together below ECS's 30 s. */
const drainGraceMs = 5_000;
const drainMaxMs = 20_000;
/** A rotated webhook secret is seen within this. */
const secretMs = 60_000;

async function realDeps(environment: EnvironmentOf<'seatLock'>): Promise<SeatLockDeps & { close(): void }> {
  const nowMs = Date.now;
  const telemetry = createTelemetry();
  const tables = createDocumentClient();
  const secrets = createSecretsClient();
  const secret = (name: string) => createSecretReader(secrets, name)('current');
  const passwordSecret = environment.REDIS_PASSWORD_SECRET;
  const redis = connectRedis(
    {
      host: environment.REDIS_HOST,
      port: environment.REDIS_PORT,
      isCluster: environment.REDIS_CLUSTER === 'true',
      isTls: environment.REDIS_TLS === 'true',
      username: environment.REDIS_USERNAME,
      password: passwordSecret === undefined ? undefined : await secret(passwordSecret),
    },
    (error) => telemetry.warn('redis connection', { problem: error.name }),
  );
  const directory = environment.LUA_DIRECTORY;
  const lua = directory === undefined ? luaDirectory : pathToFileURL(`${directory}/`);
  const readScript = (name: string) => readLua(name, lua);
  const keys = createKeySource(createSecretReader(secrets, environment.SIGNING_KEYS_SECRET), nowMs);
  const sales = createSalesStore(tables, environment.SALES_TABLE);
  const secretKey = await secret(environment.PAYMENT_SECRET);
  if (secretKey === undefined) throw new Error('the secret named by PAYMENT_SECRET has no value');
  const webhookSecret = cached(() => secret(environment.PAYMENT_WEBHOOK_SECRET), {
    ttlMs: secretMs,
    refreshGapMs: secretMs,
    staleMs: 60 * secretMs,
    nowMs,
  });
  return {
    events: createEventStore(tables, environment.EVENTS_TABLE, nowMs),
    queue: createQueue(redis, { policy: visitPolicy(environment), readScript }),
    holds: createHolds(redis, { raiseEpoch: (eventId) => sales.raiseEpoch(eventId), readScript }),
    reservations: createReservationStore(tables, environment.RESERVATIONS_TABLE, nowMs),
    payments: createPaymentStore(tables, environment.PAYMENTS_TABLE, nowMs),
    seats: createSeatStore(tables, environment.SEATS_TABLE),
    sales,
    provider: withFreeOrders(createTossPayments({ url: environment.PAYMENT_URL, secretKey })),
    publisher: createReservationPublisher(createSqsClient(), environment.RESERVATION_QUEUE_URL, (error) =>
      telemetry.error('reservation events could not be sent', error),
    ),
    verifier: createTokenVerifier({ keys, issuer: environment.TOKEN_ISSUER, nowMs }),
    signIn: signInOf(environment, nowMs),
    limiter: createSalesLimiter(redis, nowMs),
    telemetry,
    nowMs,
    workerId: randomUUID(),
    forwardedHops: environment.FORWARDED_HOPS,
    checkout: {
      siteUrl: environment.SITE_URL,
      checkoutUrl: environment.PAYMENT_CHECKOUT_URL,
      clientKey: environment.PAYMENT_CLIENT_KEY,
    },
    webhookSecret: () => webhookSecret.get(),
    timings: defaultTimings,
    random: Math.random,
    close: () => redis.disconnect(),
  };
}

async function main(): Promise<void> {
  const environment = parseEnvironment('seatLock', process.env);
  const deps = await realDeps(environment);
  const worker = createSeatLockWorker(deps, { port: environment.PORT, drainGraceMs, drainMaxMs });
  const end = async () => {
    await worker.stop();
    deps.close();
  };
  // ECS sends SIGTERM and, 30 s later, SIGKILL; Ctrl-C on one's own machine means the same.
  process.once('SIGTERM', () => void end());
  process.once('SIGINT', () => void end());
  const port = await worker.start();
  deps.telemetry.info('seat-lock worker listens', { port, workerId: deps.workerId });
}

await main();
