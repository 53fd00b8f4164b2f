import { randomUUID } from 'node:crypto';
import { PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { reservationEventSchema } from '#contract/reservation-event.ts';
import { seatStatusesSchema } from '#contract/sale-http.ts';
import { saleKeys } from '#contract/sale-keys.ts';
import { dueShard, type SalesTable, salesTableName } from '#contract/sale-tables.ts';
import { repairSeatHints } from '#core/sale/seat-hints.ts';
import { indexSeats } from '#core/sale/seat-index.ts';
import { buySeats, holdSeats } from '../../support/sale/buyer.ts';
import {
  ask,
  reserveAs,
  type SeatKit,
  type SeatShopper,
  type SeatWorker,
  startSeatKit,
  testTimings,
} from '../../support/sale/seat-kit.ts';
import { eventually } from '../../support/time/patience.ts';

/** One stored item that a reader cannot use, or of a newer release, with the real worker and its rounds. */
let kit: SeatKit;
let worker: SeatWorker;

beforeAll(async () => {
  kit = await startSeatKit();
  // Without the repair round, seats that a rebuild does not show stay hidden until a test repairs them.
  worker = await kit.startWorker({ timings: { ...testTimings, repairMs: 1_000_000_000 } });
});
afterAll(() => kit.stop());

const set = (of: SalesTable, key: Record<string, string>, attributes: Record<string, unknown>) =>
  kit.dynamodb.documents.send(
    new UpdateCommand({
      TableName: salesTableName(kit.settings.environmentName, of),
      Key: key,
      UpdateExpression: `SET ${Object.keys(attributes)
        .map((name) => `#${name} = :${name}`)
        .join(', ')}`,
      ExpressionAttributeNames: Object.fromEntries(Object.keys(attributes).map((name) => [`#${name}`, name])),
      ExpressionAttributeValues: Object.fromEntries(
        Object.entries(attributes).map(([name, value]) => [`:${name}`, value]),
      ),
    }),
  );
const put = (of: SalesTable, item: Record<string, unknown>) =>
  kit.dynamodb.documents.send(
    new PutCommand({ TableName: salesTableName(kit.settings.environmentName, of), Item: item }),
  );
const held = (shopper: SeatShopper, seatIds: string[]) => holdSeats(worker, shopper, seatIds);
const bought = async (shopper: SeatShopper, seatIds: string[]) => {
  const { hold, order } = await buySeats(kit, worker, shopper, seatIds);
  return { reservationId: hold.reservationId, orderId: order.orderId };
};
/** Moves the end of a hold to the past. */
const overdue = (reservationId: string, more: Record<string, unknown> = {}) =>
  set('reservations', { reservationId }, { expiresAtMs: Date.now() - 60_000, ...more });
const mapOf = async (eventId: string, shopper: SeatShopper) => {
  const { status, body } = await ask(worker, 'GET', `seats/events/${eventId}`, shopper);
  expect(status, JSON.stringify(body)).toBe(200);
  return seatStatusesSchema.parse(body).sections.A ?? '';
};

describe('one bad item', () => {
  it('among reservations stops no sweeper of any event', async () => {
    const [one, other] = [await kit.createSale(), await kit.createSale()];
    const [ann, ben, cleo] = [
      await kit.shopper(one.event.eventId),
      await kit.shopper(one.event.eventId),
      await kit.shopper(other.event.eventId),
    ];
    const [bad, newer, good] = [
      await held(ann, ['A-1-1']),
      await held(ben, ['A-1-2']),
      await held(cleo, ['A-1-1']),
    ];
    await overdue(bad.reservationId, { amountKrw: 'much' });
    await overdue(newer.reservationId, { giftWrap: true });
    await overdue(good.reservationId);
    for (const { reservationId } of [newer, good])
      await eventually(async () =>
        expect((await worker.deps.reservations.get(reservationId))?.state).toBe('expired'),
      );
    await eventually(() => expect(worker.telemetry.counts.get('ItemUnreadable')).toBeGreaterThan(0));
    expect(worker.telemetry.lines.join('\n')).toMatch(
      new RegExp(`reservations.*${bad.reservationId}.*amountKrw`),
    );
    // After the repair of its item it ends like any other.
    await set('reservations', { reservationId: bad.reservationId }, { amountKrw: 50_000 });
    await eventually(async () =>
      expect((await worker.deps.reservations.get(bad.reservationId))?.state).toBe('expired'),
    );
  });

  it('and 249 others do not hide an overdue reservation behind them', async () => {
    const { event } = await kit.createSale();
    const good = await held(await kit.shopper(event.eventId), ['A-1-5']);
    const shard = good.reservationId.charAt(0);
    const bad = () =>
      put('reservations', {
        reservationId: `${shard}${randomUUID().slice(1)}`,
        eventId: event.eventId,
        state: 'pending',
        openShard: shard,
        expiresAtMs: 1,
        version: 'x',
      });
    await Promise.all(Array.from({ length: 250 }, bad));
    await overdue(good.reservationId);
    await eventually(async () =>
      expect((await worker.deps.reservations.get(good.reservationId))?.state).toBe('expired'),
    );
  });

  it('does not stop the map after a restart of Redis: its seats show as taken and are not sold again', async () => {
    const { event, layout } = await kit.createSale();
    const { eventId } = event;
    const [ann, ben, cleo, dan] = await Promise.all([1, 2, 3, 4].map(() => kit.shopper(eventId)));
    if (!ann || !ben || !cleo || !dan) throw new Error('no shoppers');
    const pending = await held(ann, ['A-1-1']);
    const sold = await bought(ben, ['A-1-2', 'A-1-3']);
    await bought(cleo, ['A-1-4']);
    await set('reservations', { reservationId: pending.reservationId }, { amountKrw: 'much', colour: 'red' });
    // The item does not contain its seats, but the seats name it.
    await set('reservations', { reservationId: sold.reservationId }, { seatIds: 'A-1-2' });
    await kit.redis.client().flushall();
    await kit.tellLimit(eventId);
    await eventually(async () => expect(await mapOf(eventId, dan)).toMatch(/^2222000000/));
    for (const seatId of ['A-1-1', 'A-1-2', 'A-1-3']) {
      const { status, body } = await reserveAs(worker, dan, { seatIds: [seatId] });
      expect([status, body.code]).toEqual([409, 'SEATS_TAKEN']);
    }
    await held(dan, ['A-1-5']);
    // The comparison of each minute shows them again, and removes none.
    const { deps } = worker;
    const { seats } = saleKeys(eventId);
    await kit.redis.client().hdel(seats, 'A-1-1', 'A-1-3');
    const ports = { ...deps, clock: { nowMs: deps.nowMs }, hints: deps.holds };
    const { seatIds } = indexSeats(layout);
    await repairSeatHints(ports, eventId, seatIds);
    expect(Object.keys(await kit.redis.client().hgetall(seats))).toEqual(
      expect.arrayContaining(['A-1-1', 'A-1-2', 'A-1-3', 'A-1-4']),
    );
    // After the repair of its item the hold ends and its seat is free.
    await set('reservations', { reservationId: pending.reservationId }, { amountKrw: 50_000 });
    await overdue(pending.reservationId);
    await eventually(async () => expect(await mapOf(eventId, dan)).toMatch(/^0222/));
  });

  it('makes its seat count as taken in a claim, without an error', async () => {
    const { event } = await kit.createSale();
    const [ann, ben] = [await kit.shopper(event.eventId), await kit.shopper(event.eventId)];
    const hold = await held(ann, ['A-1-1']);
    await overdue(hold.reservationId, { version: 'two' });
    const fields = await kit.redis.client().keys(`*{${event.eventId}}*seats*`);
    for (const key of fields) await kit.redis.client().hdel(key, 'A-1-1');
    const { status, body } = await reserveAs(worker, ben, { seatIds: ['A-1-1'] });
    expect([status, body.code]).toEqual([409, 'SEATS_TAKEN']);
  });

  it('among payments delays no other payment and no announcement to the statistics', async () => {
    const { event } = await kit.createSale();
    const { eventId } = event;
    const [ann, ben] = [await kit.shopper(eventId), await kit.shopper(eventId)];
    const [bad, good] = [await bought(ann, ['A-2-1']), await bought(ben, ['A-2-2'])];
    const newest = [{ state: 'exchanged', atMs: 1 }];
    await set(
      'payments',
      { orderId: bad.orderId },
      {
        amountKrw: 'much',
        unsettledShard: bad.orderId.charAt(0),
        dueShard: dueShard('owing', bad.orderId.charAt(0)),
        nextAttemptAtMs: 1,
        outbox: newest,
        outboxShard: 'a',
        outboxAtMs: 1,
      },
    );
    await set(
      'reservations',
      { reservationId: bad.reservationId },
      { outbox: newest, outboxShard: 'a', outboxAtMs: 1 },
    );
    await set(
      'payments',
      { orderId: good.orderId },
      {
        state: 'refunding',
        unsettledShard: good.orderId.charAt(0),
        dueShard: dueShard('owing', good.orderId.charAt(0)),
        nextAttemptAtMs: 2,
        updatedAtMs: 1,
      },
    );
    await eventually(async () =>
      expect((await worker.deps.payments.get(good.orderId))?.state).toBe('refunded'),
    );
    const published = new Set<string>();
    await eventually(async () => {
      for (const { Body } of await kit.messages()) {
        const { id, state } = reservationEventSchema.parse(JSON.parse(Body ?? ''));
        published.add(`${id} ${state}`);
      }
      expect(published).toContain(`${good.orderId} refunded`);
      expect(published).toContain(`${good.reservationId} cancelled`);
    });
    // A message that this release cannot send stays in the outbox for a newer one.
    const unpublished = await worker.deps.reservations.listUnpublished(100);
    expect(unpublished.map(({ subject }) => subject.reservationId)).toContain(bad.reservationId);
  });
});
