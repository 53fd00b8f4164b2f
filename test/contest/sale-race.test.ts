import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createPaymentStore } from '#adapters/dynamodb/sale/payments.ts';
import { createReservationStore } from '#adapters/dynamodb/sale/reservations.ts';
import { createTossPayments } from '#adapters/payments/toss.ts';
import { salesTableName } from '#contract/sale-tables.ts';
import { confirmPayment } from '#core/sale/payment.ts';
import type { HoldStore } from '#core/sale/ports.ts';
import { reconcilePayments } from '#core/sale/reconcile.ts';
import { type Sandbox, startSandbox } from '#local/payments/sandbox.ts';
import { seededRandom } from '../support/random.ts';
import { createSalesTables } from '../support/sale/tables.ts';
import { startDynamodb, type TestDynamodb } from '../support/servers/dynamodb.ts';
import { noneUnreadable } from '../support/servers/unreadable.ts';

/** CI runs this many races; `URR_RACES=10000` runs issue-sized ones. */
const races = Number(process.env.URR_RACES ?? 800);
const lanes = 8;
const secretKey = 'test_sk_sandbox';
const environmentName = `race-${randomUUID().slice(0, 8)}`;
let dynamodb: TestDynamodb;
let sandbox: Sandbox;

beforeAll(async () => {
  [dynamodb, sandbox] = await Promise.all([startDynamodb(), startSandbox({ secretKey })]);
  await createSalesTables(dynamodb.client, environmentName);
});
afterAll(() => Promise.all([dynamodb.stop(), sandbox.stop()]));

/** DynamoDB decides the race. Redis has no part in it. */
const holds: HoldStore = {
  hold: async () => ({ outcome: 'held', fence: 1 }),
  extend: async () => true,
  release: async () => {},
  markSold: async () => {},
};

it(`payment and expiry race ${races} times: exactly one wins, money and reservation agree, late money is refunded`, async () => {
  const random = seededRandom(races);
  const table = (name: Parameters<typeof salesTableName>[1]) => salesTableName(environmentName, name);
  const clock = { nowMs: Date.now };
  const ports = {
    clock,
    holds,
    reservations: createReservationStore(dynamodb.documents, table('reservations'), Date.now, noneUnreadable),
    payments: createPaymentStore(dynamodb.documents, table('payments'), Date.now, noneUnreadable),
    provider: createTossPayments({ url: sandbox.url, secretKey }),
    retryDelays: { firstMs: 0, retryMs: 0, retryMsMax: 0 },
    random: Math.random,
  };
  const onError = (_id: string, error: unknown) => {
    throw error;
  };
  const won = { payment: 0, expiry: 0 };
  let lateMoney = 0;
  /** Time of the expiry. It moves to the moment at which both sides win equally often on this machine. */
  let expiryMs = 50;

  const race = async () => {
    const reservationId = randomUUID();
    const orderId = randomUUID();
    const nowMs = Date.now();
    const common = { reservationId, eventId: 'sale', userId: 'ann', amountKrw: 50_000, fence: 1, version: 1 };
    await ports.reservations.create({
      ...common,
      seatIds: ['A-1-1'],
      state: 'pending',
      createdAtMs: nowMs,
      expiresAtMs: nowMs,
      expiresAtMaxMs: nowMs,
      requestHash: 'h'.repeat(43),
    });
    await ports.payments.create({
      ...common,
      orderId,
      state: 'prepared',
      createdAtMs: nowMs,
      updatedAtMs: nowMs,
    });
    const paymentKey = sandbox.approve(orderId, common.amountKrw);
    const pause = () => new Promise((done) => setTimeout(done, random() * 2 * expiryMs));
    const expire = () =>
      ports.reservations.move({
        reservationId,
        from: ['claiming', 'pending'],
        to: 'expired',
        ifExpiresAtMsMax: Date.now(),
      });
    const [answer, expiry] = await Promise.all([
      confirmPayment(ports, { ...common, orderId, paymentKey }),
      pause().then(expire),
    ]);
    const [reservation, payment] = await Promise.all([
      ports.reservations.get(reservationId),
      ports.payments.get(orderId),
    ]);
    const isSold = reservation?.state === 'confirmed';
    expect(expiry.moved).toBe(!isSold);
    expect(reservation?.state).toBe(isSold ? 'confirmed' : 'expired');
    expect(sandbox.keptKrw(orderId)).toBe(isSold ? common.amountKrw : 0);
    expect(sandbox.charges(orderId)).toBeLessThanOrEqual(1);
    // prepared: the confirm came after the end, so no request went to the provider.
    expect(isSold ? ['settled'] : ['prepared', 'approving', 'refunded']).toContain(payment?.state);
    expect(answer.outcome === 'confirmed').toBe(isSold);
    expiryMs *= isSold ? 0.95 : 1.05;
    won[isSold ? 'payment' : 'expiry']++;
    if (sandbox.charges(orderId) > 0 && !isSold) lateMoney++;
  };

  let begun = 0;
  const lane = async () => {
    while (begun < races) {
      begun++;
      await race();
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  // Only orders without a capture are left for the reconciler.
  for (const dueClass of ['owing', 'undecided'] as const)
    await reconcilePayments(ports, { dueClass, limit: races, onError });

  console.log(
    `races ${races}: payment won ${won.payment}, expiry ${won.expiry}, late money refunded ${lateMoney}`,
  );
  expect(won.payment + won.expiry).toBe(races);
  // A race that one side always wins proves nothing.
  expect(Math.min(won.payment, won.expiry)).toBeGreaterThan(races / 50);
  expect(lateMoney).toBeGreaterThan(0);
});
