import { createPublicKeySource } from '#adapters/access/key-source.ts';
import { cached } from '#adapters/cached.ts';
import { createAccountSeatStore } from '#adapters/dynamodb/sale/account-seats.ts';
import { createSalesStore } from '#adapters/dynamodb/sale/layouts.ts';
import { createPaymentStore } from '#adapters/dynamodb/sale/payments.ts';
import { createReservationStore } from '#adapters/dynamodb/sale/reservations.ts';
import { createSeatStore } from '#adapters/dynamodb/sale/seats.ts';
import { createTossPayments } from '#adapters/payments/toss.ts';
import { createSalesLimiter } from '#adapters/redis/booking-limiter.ts';
import { createHolds } from '#adapters/redis/holds.ts';
import { createQueue } from '#adapters/redis/queue.ts';
import { createSecretReader, createSecretsClient } from '#adapters/secrets/reader.ts';
import { createSqsClient } from '#adapters/sqs/client.ts';
import { createReservationPublisher } from '#adapters/sqs/reservation-publisher.ts';
import { parseEnvironment } from '#contract/environment.ts';
import { withFreeOrders } from '#core/sale/free-orders.ts';
import { connectWorker } from '../worker-runtime/connect.ts';
import { runWorker } from '../worker-runtime/run.ts';
import type { SeatLockDeps } from './deps.ts';
import { timingsOf, visitPolicy } from './policy.ts';
import { createSeatLockWorker } from './worker.ts';

/** A rotated webhook secret takes effect within this time. */
const secretMs = 60_000;

const environment = parseEnvironment('seatLock', process.env);
const readKeys = createSecretReader(createSecretsClient(), environment.PUBLIC_KEYS_SECRET);
const keys = createPublicKeySource(readKeys, Date.now);
const foundation = await connectWorker(environment, keys);
const { tables, secret, redis, readScript, onUnreadable, deps: common } = foundation;
const { nowMs, telemetry } = common;
const sales = createSalesStore(tables, environment.SALES_TABLE);
const secretKey = await secret(environment.PAYMENT_SECRET);
if (secretKey === undefined) throw new Error('the secret named by PAYMENT_SECRET has no value');
const webhookSecret = cached(() => secret(environment.PAYMENT_WEBHOOK_SECRET), {
  ttlMs: secretMs,
  refreshGapMs: secretMs,
  staleMs: 60 * secretMs,
  nowMs,
});
const deps: SeatLockDeps = {
  ...common,
  queue: createQueue(redis, { policy: visitPolicy(environment), readScript }),
  holds: createHolds(redis, { raiseEpoch: (eventId) => sales.raiseEpoch(eventId), readScript }),
  reservations: createReservationStore(tables, environment.RESERVATIONS_TABLE, nowMs, onUnreadable),
  payments: createPaymentStore(tables, environment.PAYMENTS_TABLE, nowMs, onUnreadable),
  seats: createSeatStore(tables, environment.SEATS_TABLE, onUnreadable),
  accountSeats: createAccountSeatStore(tables, environment.SALES_TABLE),
  sales,
  provider: withFreeOrders(createTossPayments({ url: environment.PAYMENT_URL, secretKey })),
  publisher: createReservationPublisher(createSqsClient(), environment.RESERVATION_QUEUE_URL, (error) =>
    telemetry.error('reservation events could not be sent', error),
  ),
  limiter: createSalesLimiter(redis, nowMs),
  checkout: {
    checkoutUrl: environment.PAYMENT_CHECKOUT_URL,
    clientKey: environment.PAYMENT_CLIENT_KEY,
  },
  webhookSecret: () => webhookSecret.get(),
  timings: timingsOf(environment),
  random: Math.random,
};

await runWorker('seat-lock', { deps, environment, close: () => redis.disconnect() }, createSeatLockWorker);
