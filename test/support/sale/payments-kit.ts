import { randomUUID } from 'node:crypto';
import { createPaymentStore } from '#adapters/dynamodb/sale/payments.ts';
import { createReservationStore } from '#adapters/dynamodb/sale/reservations.ts';
import { createSeatStore } from '#adapters/dynamodb/sale/seats.ts';
import { createTossPayments } from '#adapters/payments/toss.ts';
import type { Payment, Reservation } from '#contract/sale.ts';
import { salesTableName } from '#contract/sale-tables.ts';
import { confirmPayment, type PaymentPorts } from '#core/sale/payment.ts';
import type { HoldStore } from '#core/sale/ports.ts';
import { type Sandbox, startSandbox } from '#local/payments/sandbox.ts';
import { startDynamodb, type TestDynamodb } from '../servers/dynamodb.ts';
import { patienceMs } from '../time/patience-ms.ts';
import { createSalesTables } from './tables.ts';

const secretKey = 'test_sk_sandbox';
/** Payments do not depend on Redis. */
const holds: HoldStore = {
  hold: async () => ({ outcome: 'held', fence: 1 }),
  extend: async () => true,
  release: async () => {},
  markSold: async () => {},
};

/** The rules of payments on a real table and the sandbox, with a clock that only the test moves. */
export interface PaymentsKit {
  readonly dynamodb: TestDynamodb;
  readonly sandbox: Sandbox;
  readonly environmentName: string;
  readonly table: string;
  readonly clock: { offsetMs: number; nowMs(): number };
  readonly ports: PaymentPorts & {
    readonly reservations: ReturnType<typeof createReservationStore>;
    readonly payments: ReturnType<typeof createPaymentStore>;
    readonly seats: ReturnType<typeof createSeatStore>;
  };
  /** Returns an order that is prepared and approved on the provider's page, with a pending reservation. */
  order(seatIds?: readonly string[], userId?: string): Promise<Ordered>;
  /** Returns a paid order. */
  paid(seatIds?: readonly string[], userId?: string): Promise<Ordered>;
  payment(orderId: string): Promise<Payment>;
  reservation(reservationId: string): Promise<Reservation>;
  stop(): Promise<void>;
}

export interface Ordered {
  readonly orderId: string;
  readonly reservationId: string;
  readonly userId: string;
  readonly paymentKey: string;
  readonly amountKrw: number;
  readonly fence: 1;
}

export const seatKrw = 50_000;

export async function startPaymentsKit(): Promise<PaymentsKit> {
  const [dynamodb, sandbox] = await Promise.all([startDynamodb(), startSandbox({ secretKey })]);
  const environmentName = `pay-${randomUUID().slice(0, 8)}`;
  await createSalesTables(dynamodb.client, environmentName);
  const table = (name: Parameters<typeof salesTableName>[1]) => salesTableName(environmentName, name);
  const startMs = Date.now();
  const clock = { offsetMs: 0, nowMs: () => startMs + clock.offsetMs };
  const unreadable = (error: Error) => {
    throw error;
  };
  const ports = {
    clock,
    holds,
    reservations: createReservationStore(dynamodb.documents, table('reservations'), clock.nowMs, unreadable),
    payments: createPaymentStore(dynamodb.documents, table('payments'), clock.nowMs, unreadable),
    seats: createSeatStore(dynamodb.documents, table('seats'), unreadable),
    provider: createTossPayments({ url: sandbox.url, secretKey, timeoutMs: patienceMs }),
    retryDelays: { firstMs: 10_000, retryMs: 45_000, retryMsMax: 240_000 },
    random: Math.random,
  };

  const kit: PaymentsKit = {
    dynamodb,
    sandbox,
    environmentName,
    table: table('payments'),
    clock,
    ports,
    async order(seatIds = ['A-1-1'], userId = `user-${randomUUID()}`) {
      const reservationId = randomUUID();
      const orderId = randomUUID();
      const nowMs = clock.nowMs();
      const amountKrw = seatIds.length * seatKrw;
      const common = { reservationId, eventId: 'sale', userId, amountKrw, fence: 1 as const, version: 1 };
      await ports.reservations.create({
        ...common,
        seatIds: [...seatIds],
        seatAmountsKrw: seatIds.map(() => seatKrw),
        state: 'pending',
        createdAtMs: nowMs,
        expiresAtMs: nowMs + 300_000,
        expiresAtMaxMs: nowMs + 600_000,
        requestHash: 'h'.repeat(43),
      });
      await ports.payments.create({
        ...common,
        orderId,
        state: 'prepared',
        createdAtMs: nowMs,
        updatedAtMs: nowMs,
      });
      const paymentKey = sandbox.approve(orderId, amountKrw);
      return { orderId, reservationId, userId, paymentKey, amountKrw, fence: 1 };
    },
    async paid(seatIds, userId) {
      const order = await kit.order(seatIds, userId);
      const { outcome } = await confirmPayment(ports, order);
      if (outcome !== 'confirmed') throw new Error(`not paid: ${outcome}`);
      return order;
    },
    async payment(orderId) {
      const payment = await ports.payments.get(orderId);
      if (payment === undefined) throw new Error('no payment');
      return payment;
    },
    async reservation(reservationId) {
      const reservation = await ports.reservations.get(reservationId);
      if (reservation === undefined) throw new Error('no reservation');
      return reservation;
    },
    async stop() {
      await Promise.all([dynamodb.stop(), sandbox.stop()]);
    },
  };
  return kit;
}
