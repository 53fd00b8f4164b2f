import { randomUUID } from 'node:crypto';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createSalesStore } from '#adapters/dynamodb/sale/layouts.ts';
import { createPaymentStore } from '#adapters/dynamodb/sale/payments.ts';
import { createReservationStore } from '#adapters/dynamodb/sale/reservations.ts';
import { createSeatStore } from '#adapters/dynamodb/sale/seats.ts';
import type { Payment, Reservation } from '#contract/sale.ts';
import { salesTableName } from '#contract/sale-tables.ts';
import type { PaymentStore, ReservationStore, SeatStore } from '#core/sale/ports.ts';
import { memoryDocuments, salesShapes } from '../../simulation/servers/dynamodb-client.ts';
import { createSalesTables } from '../../support/sale/tables.ts';
import { startDynamodb, type TestDynamodb } from '../../support/servers/dynamodb.ts';
import { noneUnreadable } from '../../support/servers/unreadable.ts';

/** The stores on a DynamoDB server and on the simulated one, so that the same rules hold on both. */
interface Stores {
  reservations: ReservationStore;
  seats: SeatStore;
  payments: PaymentStore;
}

const environmentName = `sales-${randomUUID().slice(0, 8)}`;
const nowMs = 1_800_000_000_000;
let dynamodb: TestDynamodb;

beforeAll(async () => {
  dynamodb = await startDynamodb();
  await createSalesTables(dynamodb.client, environmentName);
});
afterAll(() => dynamodb.stop());

const storesOn = (documents: DynamoDBDocumentClient, environment: string) => {
  const at = () => nowMs;
  const table = (name: Parameters<typeof salesTableName>[1]) => salesTableName(environment, name);
  return {
    reservations: createReservationStore(documents, table('reservations'), at, noneUnreadable),
    seats: createSeatStore(documents, table('seats'), noneUnreadable),
    payments: createPaymentStore(documents, table('payments'), at, noneUnreadable),
    sales: createSalesStore(documents, table('sales')),
  };
};
const durable = () => storesOn(dynamodb.documents, environmentName);
const simulated = (): Stores => storesOn(memoryDocuments(salesShapes('memory')), 'memory');

const aReservation = (changes: Partial<Reservation> = {}): Reservation => ({
  reservationId: randomUUID(),
  eventId: 'sale',
  userId: 'ann',
  seatIds: ['A-1-1', 'A-1-2'],
  amountKrw: 200_000,
  fence: 1,
  state: 'claiming',
  createdAtMs: nowMs,
  expiresAtMs: nowMs + 300_000,
  expiresAtMaxMs: nowMs + 600_000,
  requestHash: 'h'.repeat(43),
  version: 1,
  ...changes,
});
const aPayment = (changes: Partial<Payment> = {}): Payment => ({
  orderId: `${randomUUID()}`,
  reservationId: randomUUID(),
  eventId: 'sale',
  userId: 'ann',
  amountKrw: 200_000,
  fence: 1,
  state: 'prepared',
  createdAtMs: nowMs,
  updatedAtMs: nowMs,
  version: 1,
  ...changes,
});

describe.each<[string, () => Stores]>([
  ['the simulator', simulated],
  ['DynamoDB', durable],
])('%s', (_name, make) => {
  test('a reservation is created once; a second create returns the first and changes nothing', async () => {
    const { reservations } = make();
    const first = aReservation();
    expect(await reservations.create(first)).toEqual({ created: true, reservation: first });
    const second = await reservations.create({ ...first, fence: 9 });
    expect(second).toEqual({ created: false, reservation: first });
    expect(await reservations.get(first.reservationId)).toEqual(first);
  });

  test('a reservation moves only from a named state, and the call returns its state either way', async () => {
    const { reservations } = make();
    const { reservationId } = (await reservations.create(aReservation())).reservation;
    const refused = await reservations.move({
      reservationId,
      from: ['pending'],
      to: 'confirmed',
      orderId: 'o',
    });
    expect(refused).toMatchObject({ moved: false, reservation: { state: 'claiming', version: 1 } });
    const moved = await reservations.move({ reservationId, from: ['claiming'], to: 'pending' });
    expect(moved).toMatchObject({ moved: true, reservation: { state: 'pending', version: 2 } });
    expect(
      await reservations.move({ reservationId: randomUUID(), from: ['pending'], to: 'expired' }),
    ).toEqual({
      moved: false,
      reservation: undefined,
    });
  });

  test('a confirm with another fence, a refund by another order and an expiry before the end are refused', async () => {
    const { reservations } = make();
    const { reservationId } = (await reservations.create(aReservation())).reservation;
    await reservations.move({ reservationId, from: ['claiming'], to: 'pending' });
    const confirm = { reservationId, from: ['pending'], to: 'confirmed', orderId: 'order-1' } as const;
    expect((await reservations.move({ ...confirm, ifFence: 2 })).moved).toBe(false);
    const early = { reservationId, from: ['pending'], to: 'expired', ifExpiresAtMsMax: nowMs } as const;
    expect((await reservations.move(early)).moved).toBe(false);
    expect((await reservations.move({ ...confirm, ifFence: 1 })).reservation).toMatchObject({
      orderId: 'order-1',
    });
    const refund = { reservationId, from: ['confirmed'], to: 'cancelled' } as const;
    expect((await reservations.move({ ...refund, ifOrderId: 'order-2' })).moved).toBe(false);
    expect((await reservations.move({ ...refund, ifOrderId: 'order-1' })).moved).toBe(true);
  });

  test('only overdue undecided reservations are listed as overdue', async () => {
    const { reservations } = make();
    const end = nowMs - 50_000_000;
    const overdue = aReservation({ expiresAtMs: end });
    const decided = aReservation({ expiresAtMs: end });
    await reservations.create(overdue);
    await reservations.create(decided);
    await reservations.create(aReservation());
    await reservations.move({ reservationId: decided.reservationId, from: ['claiming'], to: 'cancelled' });
    expect(await reservations.listOverdue(end, 100)).toEqual([overdue.reservationId]);
  });

  test('an extension counts for a pending reservation and its own fence only', async () => {
    const { reservations } = make();
    const { reservationId } = (await reservations.create(aReservation())).reservation;
    expect((await reservations.extend(reservationId, 1, nowMs + 400_000)).moved).toBe(false);
    await reservations.move({ reservationId, from: ['claiming'], to: 'pending' });
    expect((await reservations.extend(reservationId, 2, nowMs + 400_000)).moved).toBe(false);
    const extended = await reservations.extend(reservationId, 1, nowMs + 400_000);
    expect(extended).toMatchObject({ moved: true, reservation: { expiresAtMs: nowMs + 400_000 } });
  });

  test('a seat is claimed when unowned, by its owner again, and from an ended owner with a larger fence only', async () => {
    const { seats } = make();
    const eventId = `sale-${randomUUID().slice(0, 8)}`;
    const [ann, ben] = [randomUUID(), randomUUID()];
    const seat = { eventId, seatId: 'A-1-1' };
    expect(await seats.claim({ ...seat, reservationId: ann, fence: 5 })).toEqual({ claimed: true });
    expect(await seats.claim({ ...seat, reservationId: ann, fence: 5 })).toEqual({ claimed: true });
    const owner = { reservationId: ann, fence: 5 };
    expect(await seats.claim({ ...seat, reservationId: ben, fence: 6 })).toEqual({ claimed: false, owner });
    expect(await seats.claim({ ...seat, reservationId: ben, fence: 4, knownDead: ann })).toEqual({
      claimed: false,
      owner,
    });
    const wrong = { ...seat, reservationId: ben, fence: 6, knownDead: randomUUID() };
    expect(await seats.claim(wrong)).toEqual({ claimed: false, owner });
    expect(await seats.claim({ ...seat, reservationId: ben, fence: 6, knownDead: ann })).toEqual({
      claimed: true,
    });
  });

  test('a payment is created once, moves only from a named state, and is listed as unsettled until it is settled', async () => {
    const { payments } = make();
    const payment = aPayment();
    const { orderId } = payment;
    expect((await payments.create(payment)).created).toBe(true);
    expect(await payments.create({ ...payment, amountKrw: 1 })).toEqual({ created: false, payment });
    const later = nowMs - 90_000_000;
    const approving = await payments.move({
      orderId,
      from: ['prepared'],
      to: 'approving',
      paymentKey: 'k',
      due: { dueClass: 'undecided', nextAttemptAtMs: later },
      nowMs: later,
    });
    expect(approving).toMatchObject({
      moved: true,
      payment: { state: 'approving', paymentKey: 'k', version: 2 },
    });
    const rest = { due: undefined, nowMs: later };
    expect((await payments.move({ orderId, from: ['prepared'], to: 'approving', ...rest })).moved).toBe(
      false,
    );
    const dueAt = async (atMs: number) =>
      (await payments.listDue('undecided', atMs, 100)).filter((due) => due.orderId === orderId);
    const seen = [
      { orderId, userId: payment.userId, state: 'approving', attempts: 0, nextAttemptAtMs: later },
    ];
    expect(await dueAt(later)).toEqual(seen);
    expect(await dueAt(later - 1)).toEqual([]);
    expect(await payments.listDue('owing', later, 100)).toEqual([]);
    await payments.move({ orderId, from: ['approving'], to: 'declined', ...rest });
    expect(await dueAt(later)).toEqual([]);
    expect(await payments.get(orderId)).toMatchObject({ state: 'declined' });
  });

  test('exactly one of fifty parallel claims of a seat wins', async () => {
    const { seats } = make();
    const eventId = `sale-${randomUUID().slice(0, 8)}`;
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, index) =>
        seats.claim({ eventId, seatId: 'A-1-1', reservationId: randomUUID(), fence: index + 1 }),
      ),
    );
    expect(answers.filter(({ claimed }) => claimed)).toHaveLength(1);
  });

  test('exactly one of a racing confirm and expiry wins', async () => {
    const { reservations } = make();
    for (let round = 0; round < 20; round++) {
      const { reservationId } = (await reservations.create(aReservation({ expiresAtMs: nowMs }))).reservation;
      await reservations.move({ reservationId, from: ['claiming'], to: 'pending' });
      const answers = await Promise.all([
        reservations.move({ reservationId, from: ['pending'], to: 'confirmed', ifFence: 1, orderId: 'o' }),
        reservations.move({
          reservationId,
          from: ['claiming', 'pending'],
          to: 'expired',
          ifExpiresAtMsMax: nowMs,
        }),
      ]);
      expect(answers.filter(({ moved }) => moved)).toHaveLength(1);
    }
  });
});

describe('the stores on DynamoDB alone', () => {
  test('an announcement of a sale stays in its item until it is published', async () => {
    const { reservations } = durable();
    const { reservationId } = (await reservations.create(aReservation())).reservation;
    await reservations.move({ reservationId, from: ['claiming'], to: 'pending' });
    await reservations.move({ reservationId, from: ['pending'], to: 'confirmed', orderId: 'o' });
    const find = async () =>
      (await reservations.listUnpublished(100)).find(
        ({ subject }) => subject.reservationId === reservationId,
      );
    const first = await find();
    expect(first?.announcements.map(({ state }) => state)).toEqual(['confirmed']);
    await reservations.move({ reservationId, from: ['confirmed'], to: 'cancelled', ifOrderId: 'o' });
    if (first !== undefined) await reservations.markPublished(first.subject);
    const second = await find();
    expect(second?.announcements.map(({ state }) => state)).toEqual(['confirmed', 'cancelled']);
    if (second !== undefined) await reservations.markPublished(second.subject);
    expect(await find()).toBeUndefined();
  });

  test('an event lists the reservations that own its seats, and a buyer lists their own', async () => {
    const { reservations } = durable();
    const eventId = `sale-${randomUUID().slice(0, 8)}`;
    const userId = randomUUID();
    const alive = aReservation({ eventId, userId });
    const over = aReservation({ eventId, userId, createdAtMs: nowMs - 1 });
    await reservations.create(alive);
    await reservations.create(over);
    await reservations.move({ reservationId: over.reservationId, from: ['claiming'], to: 'expired' });
    const owning: string[] = [];
    for await (const { reservationId } of reservations.listOwning(eventId, () => {}))
      owning.push(reservationId);
    expect(owning).toEqual([alive.reservationId]);
    const mine = await reservations.listOfUser(userId, 10);
    expect(mine.map(({ reservationId }) => reservationId)).toEqual([alive.reservationId, over.reservationId]);
  });

  test('no two callers get the same epoch', async () => {
    const { sales } = durable();
    const eventId = `sale-${randomUUID().slice(0, 8)}`;
    const epochs = await Promise.all(Array.from({ length: 20 }, () => sales.raiseEpoch(eventId)));
    expect(new Set(epochs).size).toBe(20);
  });
});
