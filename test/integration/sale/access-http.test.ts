import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { accessCookie, eventHeader, tokenCookie, tokenHeader, visitorHeader } from '#contract/tokens.ts';
import { rateLimits } from '#core/access/rate-limits.ts';
import { newVisitorId } from '../../support/line/vwr-api.ts';
import {
  approveOrder,
  buySeats,
  codeOf,
  confirmOrder,
  holdSeats,
  prepareOrder,
} from '../../support/sale/buyer.ts';
import {
  ask,
  reserveAs,
  type SeatKit,
  type SeatShopper,
  type SeatWorker,
  startSeatKit,
} from '../../support/sale/seat-kit.ts';
import { eventually } from '../../support/time/patience.ts';

let kit: SeatKit;
let worker: SeatWorker;

beforeAll(async () => {
  kit = await startSeatKit();
  worker = await kit.startWorker();
});
afterAll(() => kit.stop());

describe("a page of another site, with this buyer's browser", () => {
  it.each([
    ['seats/reserve', { seatIds: ['A-1-1'] }],
    ['seats/release', {}],
    ['seats/extend', {}],
    ['reservations/6f0f7a10-0000-4000-8000-000000000000/cancel', {}],
    ['payments/prepare', {}],
    ['payments/confirm', {}],
    ['payments/order-1/refund', {}],
  ])('is refused at %s before any other check', async (path, body) => {
    const { event } = await kit.createSale();
    const shopper = await kit.shopper(event.eventId);
    const headers = { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' };
    expect(await codeOf(ask(worker, 'POST', path, shopper, { body, headers }))).toEqual([403, 'FORBIDDEN']);
  });
});

describe('access', () => {
  it('is 401 without sign-in and 403 without an entry token of this event and account', async () => {
    const { event } = await kit.createSale();
    const other = await kit.createSale();
    const { eventId } = event;
    const ann = await kit.shopper(eventId);
    const ben = await kit.shopper(eventId);
    const ofOther = await kit.shopper(other.event.eventId, ann.sub);
    const name = tokenCookie.entry(eventId);
    const access = ann.cookies.get(accessCookie) ?? '';
    const jar = (entry: string | undefined): SeatShopper => ({
      ...ann,
      cookies: new Map([[accessCookie, access], ...(entry === undefined ? [] : [[name, entry] as const])]),
    });
    const headers = { 'idempotency-key': 'k', [eventHeader]: eventId };
    const reserve = (shopper: SeatShopper | undefined) =>
      codeOf(ask(worker, 'POST', 'seats/reserve', shopper, { body: { seatIds: ['A-1-1'] }, headers }));
    expect(await reserve(undefined)).toEqual([401, 'NOT_SIGNED_IN']);
    expect(await reserve(jar(undefined))).toEqual([403, 'ENTRY_TOKEN_REQUIRED']);
    expect(await reserve(jar(ben.cookies.get(name)))).toEqual([403, 'WRONG_ACCOUNT']);
    const foreign = ofOther.cookies.get(tokenCookie.entry(other.event.eventId));
    expect(await reserve(jar(foreign))).toEqual([403, 'ENTRY_TOKEN_REQUIRED']);
    const old = await kit.identities.signer.entry({ aud: eventId, sub: `u.${ann.sub}`, gen: 1, jti: 'x' });
    await kit.events.reset(eventId, 1, { by: 'test', reason: 'test' });
    await eventually(async () =>
      expect(await reserve(jar(old.token))).toEqual([403, 'ENTRY_TOKEN_REQUIRED']),
    );
    expect(await codeOf(ask(worker, 'GET', `seats/events/${eventId}`, jar(undefined)))).toEqual([
      403,
      'ENTRY_TOKEN_REQUIRED',
    ]);
  });

  it('an entry token of another account is refused on every write, also where none is needed', async () => {
    const { event } = await kit.createSale();
    const ann = await kit.shopper(event.eventId);
    const ben = await kit.shopper(event.eventId);
    const { reservationId, fence } = await holdSeats(worker, ann, ['A-1-1']);
    const order = approveOrder(kit, await prepareOrder(worker, ann, { reservationId, fence }), fence);
    const name = tokenCookie.entry(event.eventId);
    const mixed = { ...ann, cookies: new Map([...ann.cookies, [name, ben.cookies.get(name) ?? '']]) };
    const hold = { body: { reservationId, fence } };
    const wrong = [403, 'WRONG_ACCOUNT'];
    expect(await codeOf(ask(worker, 'POST', 'seats/extend', mixed, hold))).toEqual(wrong);
    expect(await codeOf(ask(worker, 'POST', 'seats/release', mixed, hold))).toEqual(wrong);
    expect(await codeOf(ask(worker, 'POST', 'payments/prepare', mixed, hold))).toEqual(wrong);
    expect(await codeOf(confirmOrder(worker, mixed, order))).toEqual(wrong);
    expect(await codeOf(ask(worker, 'POST', `reservations/${reservationId}/cancel`, mixed))).toEqual(wrong);
    expect(await codeOf(ask(worker, 'POST', `payments/${order.orderId}/refund`, mixed))).toEqual(wrong);
    expect((await confirmOrder(worker, ann, order)).status).toBe(200);
  });

  it("another account's reservation is 403 and an unknown one 404, on every route", async () => {
    const { event } = await kit.createSale();
    const ann = await kit.shopper(event.eventId);
    const ben = await kit.shopper(event.eventId);
    const { reservationId, fence } = await holdSeats(worker, ann, ['A-1-1']);
    const order = approveOrder(kit, await prepareOrder(worker, ann, { reservationId, fence }), fence);
    const wrong = [403, 'WRONG_ACCOUNT'];
    const missing = [404, 'NOT_FOUND'];
    const cases: [string, 'GET' | 'POST', (id: string, orderId: string) => [string, unknown?]][] = [
      ['detail', 'GET', (id) => [`reservations/${id}`]],
      ['cancel', 'POST', (id) => [`reservations/${id}/cancel`]],
      ['extend', 'POST', (id) => ['seats/extend', { reservationId: id, fence }]],
      ['release', 'POST', (id) => ['seats/release', { reservationId: id, fence }]],
      ['prepare', 'POST', (id) => ['payments/prepare', { reservationId: id, fence }]],
      ['confirm', 'POST', (_, orderId) => ['payments/confirm', { ...order, orderId }]],
      ['refund', 'POST', (_, orderId) => [`payments/${orderId}/refund`]],
    ];
    for (const [name, method, make] of cases) {
      const call = (id: string, orderId: string) => {
        const [path, body] = make(id, orderId);
        return codeOf(ask(worker, method, path, ben, body === undefined ? {} : { body }));
      };
      expect(await call(reservationId, order.orderId), name).toEqual(wrong);
      expect(await call(randomUUID(), 'f'.repeat(32)), name).toEqual(missing);
    }
    expect(await codeOf(ask(worker, 'GET', 'reservations/nonsense', ann))).toEqual(missing);
  });

  it('needs only the sign-in without a waiting room, and only the pass where tier 1 stands alone', async () => {
    const open = await kit.createSale({ isActive: false });
    const ann = await kit.shopper(open.event.eventId);
    ann.cookies.delete(tokenCookie.entry(open.event.eventId));
    const reserve = (eventId: string, who: SeatShopper, more: Record<string, string> = {}) =>
      ask(worker, 'POST', 'seats/reserve', who, {
        body: { seatIds: ['A-1-1'] },
        headers: { 'idempotency-key': 'k', [eventHeader]: eventId, ...more },
      });
    expect((await reserve(open.event.eventId, ann)).status).toBe(200);
    const tierOne = await kit.createSale({ mode: 'waiting-room' });
    const { eventId } = tierOne.event;
    expect(await codeOf(reserve(eventId, ann))).toEqual([403, 'PASS_REQUIRED']);
    const pass = await kit.identities.userPass(ann.sub, { eventId, seq: 1 });
    expect((await reserve(eventId, ann, { [tokenHeader.pass]: pass })).status).toBe(200);
    const { pass: foreign } = await kit.identities.visitorPass({ eventId, seq: 2 });
    const visitor = { [tokenHeader.pass]: foreign, 'x-urr-visitor': newVisitorId() };
    expect(await codeOf(reserve(eventId, ann, visitor))).toEqual([403, 'WRONG_ACCOUNT']);
  });

  it('one pass serves one account on every worker, with and without Redis', async () => {
    const { event } = await kit.createSale({ mode: 'waiting-room' });
    const { eventId } = event;
    const { pass, visitor } = await kit.identities.visitorPass({ eventId, seq: 1 });
    const headers = { [tokenHeader.pass]: pass, [visitorHeader]: visitor };
    const accounts = await Promise.all(Array.from({ length: 6 }, () => kit.shopper(eventId)));
    const other = await kit.startWorker();
    const reading = (one: SeatWorker, account: SeatShopper) => {
      const cookies = new Map([[accessCookie, account.cookies.get(accessCookie) ?? '']]);
      return ask(one, 'GET', `seats/events/${eventId}`, { ...account, cookies }, { headers });
    };
    const answers = await Promise.all(
      accounts.map((account, n) => reading(n % 2 === 0 ? worker : other, account)),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 403, 403, 403, 403, 403]);
    const redis = kit.redis.client();
    await redis.flushall();
    redis.disconnect();
    const restarted = await kit.startWorker();
    const again = await Promise.all(accounts.map((account) => reading(restarted, account)));
    expect(again.map(({ status }) => status)).toEqual(answers.map(({ status }) => status));
    expect(again.find(({ status }) => status === 403)?.body.code).toBe('WRONG_ACCOUNT');
  });

  it('an account that books too often gets 429, and other accounts do not (C5)', async () => {
    const { event } = await kit.createSale();
    const [busy, calm] = await Promise.all([kit.shopper(event.eventId), kit.shopper(event.eventId)]);
    const statusesSeen: number[] = [];
    const other = await kit.startWorker();
    // A worker without a connection counts alone, as during an outage of Redis.
    await eventually(async () =>
      expect((await ask(other, 'GET', `seats/events/${event.eventId}`, calm)).status).toBe(200),
    );
    for (let round = 0; round < 15; round++) {
      const answers = [worker, other, worker].map((one) => reserveAs(one, busy, { seatIds: ['A-9-9'] }));
      for (const { status } of await Promise.all(answers)) statusesSeen.push(status);
    }
    // Exact over both workers in parallel, because one call to Redis decides each.
    expect(statusesSeen.filter((status) => status === 400)).toHaveLength(rateLimits.account.booking);
    expect(statusesSeen.filter((status) => status === 429)).toHaveLength(45 - rateLimits.account.booking);
    await holdSeats(worker, calm, ['A-1-1']);
  });

  it('reads of one account do not block booking, payment or the webhook for its address', async () => {
    const { event } = await kit.createSale();
    const [greedy, neighbour] = await Promise.all([kit.shopper(event.eventId), kit.shopper(event.eventId)]);
    const read = () => ask(worker, 'GET', 'reservations/mine', greedy);
    await eventually(
      async () =>
        // Many at once, because a window is a minute, however busy the machine.
        expect((await Promise.all(Array.from({ length: 120 }, read))).at(-1)?.status).toBe(429),
      0,
    );
    await buySeats(kit, worker, neighbour, ['A-1-1']);
    expect((await ask(worker, 'GET', 'reservations/mine', neighbour)).status).toBe(200);
    // Its own bookings and payments have separate counts.
    await buySeats(kit, worker, greedy, ['A-1-2']);
    expect((await ask(worker, 'POST', 'payments/webhook', undefined, { body: {} })).status).not.toBe(429);
  });

  it('a purchase ends the visit: its place inside is free at once and its token holds no more seats', async () => {
    const { event } = await kit.createSale();
    const ann = await kit.shopper(event.eventId);
    const entry = ann.cookies.get(tokenCookie.entry(event.eventId)) ?? '';
    await buySeats(kit, worker, ann, ['A-1-1']);
    expect(ann.cookies.has(tokenCookie.entry(event.eventId))).toBe(false);
    const redis = kit.redis.client();
    expect(await redis.zscore(`urr:{${event.eventId}}:g1:active`, `u.${ann.sub}`)).toBeNull();
    ann.cookies.set(tokenCookie.entry(event.eventId), entry);
    expect(await codeOf(reserveAs(worker, ann, { seatIds: ['A-1-2'] }))).toEqual([
      403,
      'ENTRY_TOKEN_REQUIRED',
    ]);
  });
});
