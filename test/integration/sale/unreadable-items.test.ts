import { randomUUID } from 'node:crypto';
import { GetCommand, PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeSessionStore } from '#adapters/dynamodb/accounts/session-store.ts';
import { createCapacityStore } from '#adapters/dynamodb/line/capacity.ts';
import { createCounterStore } from '#adapters/dynamodb/line/counters.ts';
import { createPlaceStore } from '#adapters/dynamodb/line/places.ts';
import { createAdmissionStatistics } from '#adapters/dynamodb/queue/statistics.ts';
import { createSalesStore } from '#adapters/dynamodb/sale/layouts.ts';
import { createPaymentStore } from '#adapters/dynamodb/sale/payments.ts';
import { createReservationStore } from '#adapters/dynamodb/sale/reservations.ts';
import { createSeatStore } from '#adapters/dynamodb/sale/seats.ts';
import { createSaleStatistics } from '#adapters/dynamodb/sale/statistics.ts';
import type { ReservationEvent } from '#contract/reservation-event.ts';
import {
  indexShardOf,
  owningShard,
  type SalesTable,
  salesTableName,
  salesTables,
} from '#contract/sale-tables.ts';
import {
  admittedMinutesId,
  saleEventsId,
  saleMinutesId,
  servingCounterId,
  tableName,
  tables,
} from '#contract/tables.ts';
import type { UnreadableItemError } from '#core/errors.ts';
import { initialServing } from '#core/line/serving.ts';
import type { UnreadableOwner } from '#core/sale/ports.ts';
import { testSections } from '../../support/sale/seat-sections.ts';
import { createSalesTables } from '../../support/sale/tables.ts';
import { startDynamodb, type TestDynamodb } from '../../support/servers/dynamodb.ts';

const name = `bad-${randomUUID().slice(0, 8)}`;
const nowMs = 1_800_000_000_000;
let dynamodb: TestDynamodb;
let reported: UnreadableItemError[];

beforeAll(async () => {
  dynamodb = await startDynamodb();
  await Promise.all([createSalesTables(dynamodb.client, name), dynamodb.createTables(name)]);
});
afterAll(() => dynamodb.stop());

const stores = () => {
  reported = [];
  const onUnreadable = (error: UnreadableItemError) => void reported.push(error);
  const { documents } = dynamodb;
  const table = (of: SalesTable) => salesTableName(name, of);
  return {
    reservations: createReservationStore(documents, table('reservations'), () => nowMs, onUnreadable),
    payments: createPaymentStore(documents, table('payments'), () => nowMs, onUnreadable),
    seats: createSeatStore(documents, table('seats'), onUnreadable),
    sales: createSalesStore(documents, table('sales')),
    counters: createCounterStore(documents, tableName(name, 'counters')),
    capacity: createCapacityStore(documents, tableName(name, 'counters')),
    places: createPlaceStore(documents, tableName(name, 'positions')),
    saleStatistics: createSaleStatistics(documents, tableName(name, 'stats'), onUnreadable),
    admissions: createAdmissionStatistics(documents, tableName(name, 'stats'), onUnreadable),
    sessions: makeSessionStore(documents, tableName(name, 'sessions'), onUnreadable),
  };
};

/** Returns an id whose items are consecutive in one partition of an index. */
const idIn = (shard: string) => `${shard}${randomUUID().slice(1)}`;
const reservation = (more: Record<string, unknown> = {}) => {
  const reservationId = typeof more.reservationId === 'string' ? more.reservationId : randomUUID();
  const shard = indexShardOf(reservationId);
  const eventId = typeof more.eventId === 'string' ? more.eventId : 'sale';
  return {
    reservationId,
    eventId,
    userId: 'ann',
    seatIds: ['A-1-1'],
    amountKrw: 1,
    fence: 1,
    state: 'pending',
    createdAtMs: 1,
    expiresAtMs: 10,
    expiresAtMaxMs: 20,
    requestHash: 'h'.repeat(43),
    version: 2,
    openShard: shard,
    owningShard: owningShard(eventId, shard),
    ...more,
  };
};
const payment = (more: Record<string, unknown> = {}) => {
  const orderId = typeof more.orderId === 'string' ? more.orderId : randomUUID();
  return {
    orderId,
    reservationId: randomUUID(),
    eventId: 'sale',
    userId: 'ann',
    amountKrw: 1,
    fence: 1,
    state: 'refunding',
    createdAtMs: 1,
    updatedAtMs: 10,
    version: 2,
    unsettledShard: indexShardOf(orderId),
    ...more,
  };
};
const put = (of: SalesTable, item: Record<string, unknown>) =>
  dynamodb.documents.send(new PutCommand({ TableName: salesTableName(name, of), Item: item }));
const stored = async (of: SalesTable, id: string) => {
  const key = { [salesTables[of].partitionKey]: id };
  const answer = await dynamodb.documents.send(
    new GetCommand({ TableName: salesTableName(name, of), Key: key }),
  );
  return answer.Item;
};
const putStats = (item: Record<string, unknown>) =>
  dynamodb.documents.send(new PutCommand({ TableName: tableName(name, 'stats'), Item: item }));
const setCounter = (counterId: string, attribute: string, value: unknown) =>
  dynamodb.documents.send(
    new UpdateCommand({
      TableName: tableName(name, 'counters'),
      Key: { counterId },
      UpdateExpression: 'SET #a = :v',
      ExpressionAttributeNames: { '#a': attribute },
      ExpressionAttributeValues: { ':v': value },
    }),
  );
const counter = async (counterId: string) =>
  (
    await dynamodb.documents.send(
      new GetCommand({ TableName: tableName(name, 'counters'), Key: { counterId } }),
    )
  ).Item;

describe('an attribute of a newer release', () => {
  test('on a reservation disturbs no reader, and every change keeps it', async () => {
    const { reservations } = stores();
    const item = reservation({
      giftWrap: { colour: 'red' },
      eventId: 'newer',
      outbox: [{ state: 'confirmed', atMs: 1, by: 'x' }],
      outboxShard: 'a',
      outboxAtMs: 1,
    });
    await put('reservations', item);
    const { reservationId } = item;
    expect(await reservations.listOverdue(nowMs, 100)).toContain(reservationId);
    expect((await reservations.listUnpublished(100)).map(({ subject }) => subject.reservationId)).toContain(
      reservationId,
    );
    await reservations.extend(reservationId, 1, 15);
    const { moved } = await reservations.move({ reservationId, from: ['pending'], to: 'expired' });
    expect(moved).toBe(true);
    await reservations.markPublished({ ...(await reservations.get(reservationId)), reservationId } as never);
    expect(await stored('reservations', reservationId)).toMatchObject({
      state: 'expired',
      giftWrap: { colour: 'red' },
    });
    expect(reported).toEqual([]);
  });

  test('on a payment, a seat, a layout or a sold-out mark disturbs no reader, and every change keeps it', async () => {
    const { payments, seats, sales } = stores();
    const item = payment({ fee: 7 });
    await put('payments', item);
    const due = (await payments.listWithoutTurn(nowMs, 100)).map(({ orderId }) => orderId);
    expect(due).toContain(item.orderId);
    await payments.move({
      orderId: item.orderId,
      from: ['refunding'],
      to: 'refunded',
      due: undefined,
      nowMs,
    });
    expect(await stored('payments', item.orderId)).toMatchObject({ state: 'refunded', fee: 7 });

    await put('seats', { seatKey: 'newer#A-1-1', reservationId: 'r1', fence: 1, view: 'stage' });
    const claim = { eventId: 'newer', seatId: 'A-1-1', reservationId: 'r2', fence: 2 };
    expect(await seats.claim(claim)).toEqual({ claimed: false, owner: { reservationId: 'r1', fence: 1 } });
    expect(await seats.claim({ ...claim, knownDead: 'r1' })).toEqual({ claimed: true });
    expect(await stored('seats', 'newer#A-1-1')).toMatchObject({ reservationId: 'r2', view: 'stage' });

    const layout = { eventId: 'newer', revision: 1, sections: testSections };
    await put('sales', { salesId: 'layout#newer', ...layout, background: 'svg' });
    expect(await sales.get('newer')).toEqual(layout);
    await sales.putLayout({ ...layout, revision: 2 });
    expect(await stored('sales', 'layout#newer')).toMatchObject({ revision: 2, background: 'svg' });

    await put('sales', { salesId: 'sold-out#newer', by: 'us' });
    await sales.setSoldOutMark('newer', true);
    expect(await stored('sales', 'sold-out#newer')).toEqual({ salesId: 'sold-out#newer', by: 'us' });
    await sales.setSoldOutMark('fresh', true);
    expect(await sales.hasSoldOutMark('fresh')).toBe(true);
  });

  test('on a line’s state, its capacity, a place or a session disturbs no reader, and every change keeps it', async () => {
    const { counters, capacity, places, sessions } = stores();
    const line = { eventId: 'newer', generation: 1 };
    const servingId = servingCounterId('newer', 1);
    await counters.createServing(line, initialServing(1, 0));
    await setCounter(servingId, 'pledge', 'kept');
    const state = await counters.serving(line, 'latest');
    if (state === undefined) throw new Error('no state');
    expect(await counters.replaceServing(line, { ...state, version: 2, carry: 5 })).toBe(true);
    expect(await counter(servingId)).toMatchObject({ version: 2, carry: 5, pledge: 'kept' });

    await capacity.announce(line, 1);
    await setCounter('capacity#newer#1', 'rooms', 3);
    await capacity.publish(line, { free: 1, active: 2, queued: 3, updatedAtMs: 2 });
    // A worker of an older release publishes no arrivals, so the item has none.
    expect(await counters.capacity(line)).toEqual({ free: 1, active: 2, queued: 3, updatedAtMs: 2 });
    await capacity.publish(line, { free: 1, active: 2, queued: 3, arrived: 4, updatedAtMs: 3 });
    await capacity.publish(line, { free: 0, active: 3, queued: 3, updatedAtMs: 4 });
    expect(await counters.capacity(line)).toMatchObject({ free: 0, arrived: 4, updatedAtMs: 4 });
    expect(await counter('capacity#newer#1')).toMatchObject({ rooms: 3, free: 0 });

    const place = {
      ...line,
      subject: 'u.abc',
      requestId: randomUUID(),
      shard: 0,
      seq: 1,
      joinedAtMs: 1,
      expiresAt: 4_000_000_000,
    };
    const item = { placeId: 'newer#1#u.abc', ...place, calls: 1 };
    await dynamodb.documents.send(new PutCommand({ TableName: tableName(name, 'positions'), Item: item }));
    expect(await places.find(line, 'u.abc')).toEqual(place);
    expect(await places.claim(line, 'u.abc', place.requestId, 5)).toEqual({ kind: 'claimed' });

    await dynamodb.documents.send(
      new PutCommand({
        TableName: tableName(name, 'sessions'),
        Item: { sessionId: 's', seq: 1, rotatedAtMs: 0, expiresAtMs: nowMs + 1, device: 'x' },
      }),
    );
    expect(await sessions.rotate('s', 1, nowMs)).toEqual({ kind: 'rotated' });
  });
});

describe('an unreadable item', () => {
  test('is reported and left out by every list of reservations, which returns the others', async () => {
    const { reservations } = stores();
    const eventId = `sale-${randomUUID().slice(0, 8)}`;
    const userId = randomUUID();
    const outbox = { outbox: [{ state: 'confirmed', atMs: 1 }], outboxShard: 'b', outboxAtMs: 1 };
    const good = reservation({ eventId, userId, ...outbox });
    const bad = reservation({
      eventId,
      userId,
      ...outbox,
      amountKrw: '1',
      createdAtMs: 2,
      seatIds: ['A-1-2'],
    });
    const worse = reservation({ eventId, userId, ...outbox, seatIds: 'A-1-3', createdAtMs: 3 });
    for (const item of [good, bad, worse]) await put('reservations', item);
    const ours = (ids: readonly string[]) =>
      ids.filter((id) => [good, bad, worse].some(({ reservationId }) => reservationId === id));
    expect(ours(await reservations.listOverdue(nowMs, 100))).toEqual([good.reservationId]);
    expect((await reservations.listOfUser(userId, 2)).map((one) => one.reservationId)).toEqual([
      good.reservationId,
    ]);
    expect(
      ours((await reservations.listUnpublished(100)).map(({ subject }) => subject.reservationId)),
    ).toEqual([good.reservationId]);
    const owners: UnreadableOwner[] = [];
    const owning: string[] = [];
    for await (const one of reservations.listOwning(eventId, (owner) => owners.push(owner)))
      owning.push(one.reservationId);
    expect(owning).toEqual([good.reservationId]);
    expect(owners).toHaveLength(2);
    expect(owners).toContainEqual({ reservationId: bad.reservationId, seatIds: ['A-1-2'] });
    expect(owners).toContainEqual({ reservationId: worse.reservationId, seatIds: undefined });
    const named = reported.find(({ key }) => key === bad.reservationId);
    expect(named?.table).toBe(salesTableName(name, 'reservations'));
    expect(named?.problems).toEqual([expect.stringMatching(/^amountKrw: /)]);
    await expect(reservations.get(bad.reservationId)).rejects.toMatchObject({
      code: 'INTERNAL',
      key: bad.reservationId,
    });
  });

  test('and 119 others hide no overdue reservation, unsettled payment or unsent change', async () => {
    const { reservations, payments } = stores();
    const outbox = (atMs: number) => ({
      outbox: [{ state: 'confirmed', atMs }],
      outboxShard: 'c',
      outboxAtMs: atMs,
    });
    const [last, order] = [idIn('c'), idIn('c')];
    for (let at = 0; at < 120; at += 1) {
      await put(
        'reservations',
        reservation({ reservationId: idIn('c'), expiresAtMs: 1, version: 'x', ...outbox(1) }),
      );
      await put('payments', payment({ orderId: idIn('c'), updatedAtMs: 1, version: 'x', ...outbox(1) }));
    }
    await put('reservations', reservation({ reservationId: last, expiresAtMs: 5, ...outbox(5) }));
    await put('payments', payment({ orderId: order, updatedAtMs: 5, ...outbox(5) }));
    expect(await reservations.listOverdue(5, 50)).toContain(last);
    expect((await payments.listWithoutTurn(5, 50)).map(({ orderId }) => orderId)).toContain(order);
    expect(
      (await reservations.listUnpublished(50)).some(({ subject }) => subject.reservationId === last),
    ).toBe(true);
    expect((await payments.listUnpublished(50)).some(({ subject }) => subject.orderId === order)).toBe(true);
    expect(new Set(reported.map(({ key }) => key)).size).toBeGreaterThanOrEqual(240);
  });

  test('that its worker has set aside leaves its room to the next item', async () => {
    const { reservations } = stores();
    const ids = [idIn('d'), idIn('d'), idIn('d')];
    for (const [at, reservationId] of ids.entries())
      await put('reservations', reservation({ reservationId, expiresAtMs: -10 + at }));
    expect(await reservations.listOverdue(-1, 1)).toEqual([ids[0]]);
    expect(await reservations.listOverdue(-1, 1, (id) => id === ids[0])).toEqual([ids[1]]);
    expect(await reservations.listOverdue(-1, 3, (id) => id === ids[0])).toEqual(ids.slice(1));
  });

  test('of a seat leaves the seat with its owner', async () => {
    const { seats } = stores();
    await put('seats', { seatKey: 'broken#A-1-1', reservationId: 'r1', fence: 'one' });
    await put('seats', { seatKey: 'broken#A-1-2', reservationId: 'r1', fence: 4 });
    const claim = { eventId: 'broken', seatId: 'A-1-1', reservationId: 'r2', fence: 2 };
    expect(await seats.claim(claim)).toEqual({
      claimed: false,
      owner: { reservationId: undefined, fence: 0 },
    });
    const owners = [];
    for await (const one of seats.owners('broken', ['A-1-1', 'A-1-2', 'A-1-3'])) owners.push(one);
    expect(owners).toEqual([{ seatId: 'A-1-2', reservationId: 'r1', fence: 4 }]);
    expect(reported.map(({ key }) => key)).toContain('broken#A-1-1');
  });

  test('among the sales of a second or in a minute loses only its own number', async () => {
    const { saleStatistics, admissions } = stores();
    const atMs = Date.UTC(2026, 6, 1, 11, 0, 5);
    const minuteMs = atMs - 5_000;
    const [second, minute] = ['2026-07-01T11:00:05Z', '2026-07-01T11:00Z'];
    const eventId = 'counted';
    const sale = (): ReservationEvent => ({
      type: 'reservation',
      id: randomUUID(),
      eventId,
      state: 'confirmed',
      atMs,
      amountKrw: 10,
      seats: 1,
    });
    await putStats({
      statsId: saleEventsId(eventId),
      bucket: `${second}#a:exchanged`,
      kind: 'exchanged',
      seats: 1,
      amountKrw: 1,
    });
    await putStats({
      statsId: saleMinutesId(eventId),
      bucket: minute,
      confirmed09: 'many',
      settled09: { count: 1, seats: 0, amountKrw: 5, more: 1 },
    });
    await saleStatistics.count(eventId, [sale(), sale()]);
    const totals = await saleStatistics.totals(eventId, minuteMs, minuteMs + 60_000);
    expect(totals.confirmed).toEqual({ count: 2, seats: 2, amountKrw: 20 });
    expect(totals.settled).toEqual({ count: 1, seats: 0, amountKrw: 5 });
    await putStats({
      statsId: admittedMinutesId(eventId),
      bucket: '2026-07-01T11:00:00Z#1',
      n1c0: 4,
      n2c0: 'few',
    });
    await putStats({
      statsId: admittedMinutesId(eventId),
      bucket: '2026-07-01T11:01:00Z#1',
      n1c0: 3,
      weather: 'fine',
    });
    const minutes = await admissions.perMinute(eventId, minuteMs, minuteMs + 120_000);
    expect([...minutes]).toEqual([
      [minuteMs, 4],
      [minuteMs + 60_000, 3],
    ]);
    expect(reported.map(({ problems }) => problems.join())).toEqual([
      expect.stringMatching(/^kind: /),
      expect.stringMatching(/^confirmed09: /),
      expect.stringMatching(/^n2c0: /),
    ]);
  });

  test('a counted sale keeps an attribute of a newer release', async () => {
    const { saleStatistics } = stores();
    const atMs = Date.UTC(2026, 6, 1, 11, 0, 5);
    const event: ReservationEvent = {
      type: 'reservation',
      id: randomUUID(),
      eventId: 'kept',
      state: 'confirmed',
      atMs,
      amountKrw: 10,
      seats: 1,
    };
    const key = { statsId: saleEventsId('kept'), bucket: `2026-07-01T11:00:05Z#${event.id}:confirmed` };
    await putStats({ ...key, kind: 'confirmed', seats: 1, amountKrw: 10, channel: 'app' });
    await saleStatistics.count('kept', [event]);
    const { Item } = await dynamodb.documents.send(
      new GetCommand({ TableName: tableName(name, 'stats'), Key: key }),
    );
    expect(Item).toMatchObject({ channel: 'app', kind: 'confirmed' });
    expect(tables.stats.partitionKey).toBe('statsId');
  });
});
