import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  holdAnswerSchema,
  mineAnswerSchema,
  paymentAnswerSchema,
  prepareAnswerSchema,
  reservationAnswerSchema,
  seatStatusesSchema,
} from '#contract/sale-http.ts';
import { holdsPerWindowMax, holdWindowMs } from '#contract/sale-keys.ts';
import { accessCookie, eventHeader, tokenCookie, tokenHeader, visitorHeader } from '#contract/tokens.ts';
import { rateLimits } from '#core/access/rate-limits.ts';
import { newVisitorId } from '../../support/line/vwr-api.ts';
import {
  ask,
  reserveAs,
  reservePatiently,
  type SeatKit,
  type SeatShopper,
  type SeatWorker,
  startSeatKit,
} from '../../support/sale/seat-kit.ts';
import { testSections } from '../../support/sale/seat-sections.ts';
import { eventually } from '../../support/time/patience.ts';

let kit: SeatKit;
let worker: SeatWorker;

beforeAll(async () => {
  kit = await startSeatKit();
  worker = await kit.startWorker();
});
afterAll(() => kit.stop());

const codeOf = async (answer: ReturnType<typeof ask>) => {
  const { status, body } = await answer;
  expect(Object.keys(body).filter((key) => !['error', 'code', 'details'].includes(key))).toEqual([]);
  return [status, body.code];
};
const held = async (shopper: SeatShopper, seatIds: string[]) => {
  const answer = await reserveAs(worker, shopper, { seatIds });
  expect(answer.status, JSON.stringify(answer.body)).toBe(200);
  return holdAnswerSchema.parse(answer.body);
};
const prepare = async (shopper: SeatShopper, hold: { reservationId: string; fence: number }) => {
  const { reservationId, fence } = hold;
  const answer = await ask(worker, 'POST', 'payments/prepare', shopper, { body: { reservationId, fence } });
  expect(answer.status, JSON.stringify(answer.body)).toBe(200);
  return prepareAnswerSchema.parse(answer.body);
};
/** The buyer approves on the provider's page. */
const approved = ({ orderId, amountKrw }: { orderId: string; amountKrw: number }, fence: number) => ({
  orderId,
  amountKrw,
  fence,
  paymentKey: kit.sandbox.approve(orderId, amountKrw),
});
const confirm = (shopper: SeatShopper, body: unknown) =>
  ask(worker, 'POST', 'payments/confirm', shopper, { body });
const bought = async (shopper: SeatShopper, seatIds: string[]) => {
  const hold = await held(shopper, seatIds);
  const order = approved(await prepare(shopper, hold), hold.fence);
  const answer = await confirm(shopper, order);
  expect(answer.status, JSON.stringify(answer.body)).toBe(200);
  return { hold, order };
};
const statuses = async (shopper: SeatShopper, eventId: string) =>
  seatStatusesSchema.parse((await ask(worker, 'GET', `seats/events/${eventId}`, shopper)).body);

describe("a page of another site, with this buyer's browser", () => {
  it.each([
    ['seats/reserve', { seatIds: ['A-1-1'] }],
    ['seats/release', {}],
    ['seats/extend', {}],
    ['reservations/6f0f7a10-0000-4000-8000-000000000000/cancel', {}],
    ['payments/prepare', {}],
    ['payments/confirm', {}],
    ['payments/order-1/refund', {}],
  ])('is refused at %s, before anything else is looked at', async (path, body) => {
    const { event } = await kit.createSale();
    const shopper = await kit.shopper(event.eventId);
    const headers = { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' };
    expect(await codeOf(ask(worker, 'POST', path, shopper, { body, headers }))).toEqual([403, 'FORBIDDEN']);
  });
});

describe('the seat map', () => {
  it('returns the state of every seat; unchanged states are a 304; the layout of a revision can be cached for ever', async () => {
    const { event, layout } = await kit.createSale();
    const { eventId } = event;
    const [ann, ben] = await Promise.all([kit.shopper(eventId), kit.shopper(eventId)]);
    expect((await statuses(ann, eventId)).sections).toEqual({ A: '0'.repeat(20), FLOOR: '0'.repeat(20) });
    await bought(ann, ['A-1-1', 'A-1-2']);
    await held(ben, ['A-2-10', 'FLOOR-20']);
    await eventually(async () => {
      const { sections } = await statuses(ben, eventId);
      expect(sections).toEqual({ A: `22${'0'.repeat(17)}1`, FLOOR: `${'0'.repeat(19)}1` });
    });
    const first = await ask(worker, 'GET', `seats/events/${eventId}`, ben);
    const etag = first.headers.get('etag') ?? '';
    const same = await ask(worker, 'GET', `seats/events/${eventId}`, ben, {
      headers: { 'if-none-match': etag },
    });
    expect(same.status).toBe(304);
    const url = seatStatusesSchema.parse(first.body).layoutUrl.replace('/api/v1/', '');
    const answer = await ask(worker, 'GET', url, ben);
    expect(answer.body).toEqual(layout);
    expect(answer.headers.get('cache-control')).toBe('private, max-age=31536000, immutable');
    expect(await codeOf(ask(worker, 'GET', `seats/events/${eventId}?layout=2`, ben))).toEqual([
      404,
      'NOT_FOUND',
    ]);
    expect(await codeOf(ask(worker, 'GET', `seats/events/${eventId}?layout=x`, ben))).toEqual([
      400,
      'BAD_REQUEST',
    ]);
  });

  it('is compressed for clients that accept it, with the same content', async () => {
    const { event } = await kit.createSale();
    const ann = await kit.shopper(event.eventId);
    for (const encoding of ['gzip', 'br, gzip;q=0.9']) {
      const answer = await ask(worker, 'GET', `seats/events/${event.eventId}`, ann, {
        headers: { 'accept-encoding': encoding },
      });
      expect(answer.headers.get('content-encoding')).toBe('gzip');
      expect(seatStatusesSchema.parse(answer.body).sections.A).toBe('0'.repeat(20));
    }
  });

  it('reads Redis at most twice per second for any number of clients', async () => {
    const { event } = await kit.createSale();
    const ann = await kit.shopper(event.eventId);
    let nowMs = Date.now();
    let reads = 0;
    const timed = await kit.startWorker({}, (deps) => ({
      ...deps,
      nowMs: () => nowMs,
      holds: {
        ...deps.holds,
        snapshot: (eventId, seatIds) => {
          if (eventId === event.eventId) reads += 1;
          return deps.holds.snapshot(eventId, seatIds);
        },
      },
    }));
    const askAll = async () => {
      const asked = Array.from({ length: 10 }, () => ask(timed, 'GET', `seats/events/${event.eventId}`, ann));
      for (const { status } of await Promise.all(asked)) expect(status).toBe(200);
    };
    // The first read may have to rebuild Redis, and then reads again.
    await askAll();
    for (let round = 1; round <= 3; round++) {
      nowMs += 500;
      reads = 0;
      await askAll();
      nowMs += 499;
      await askAll();
      expect(reads).toBe(1);
      nowMs += 1;
      await askAll();
      expect(reads).toBe(2);
    }
    await timed.stop();
  });

  it('an empty Redis learns what is sold and held before it shows a free seat', async () => {
    const { event } = await kit.createSale();
    const { eventId } = event;
    const [ann, ben, cleo] = await Promise.all([
      kit.shopper(eventId),
      kit.shopper(eventId),
      kit.shopper(eventId),
    ]);
    await bought(ann, ['A-1-1', 'A-1-2']);
    const hold = await held(ben, ['A-1-3']);
    await eventually(async () => expect((await statuses(cleo, eventId)).sections.A).toMatch(/^2210/));
    const redis = kit.redis.client();
    await redis.flushall();
    const lostAtMs = Date.now();
    await kit.tellLimit(eventId);
    const seen = new Set<string>();
    await eventually(async () => {
      const { asOfMs, sections } = await statuses(cleo, eventId);
      seen.add(sections.A ?? '');
      expect(asOfMs).toBeGreaterThan(lostAtMs);
      expect(await redis.exists(`urr:{${eventId}}:sale:seats`)).toBe(1);
    }, 20);
    expect([...seen]).toEqual([`221${'0'.repeat(17)}`]);
    // No order of events lets another buyer hold a sold seat.
    expect(await codeOf(reserveAs(worker, cleo, { seatIds: ['A-1-2'] }))).toEqual([409, 'SEATS_TAKEN']);
    expect(await codeOf(reserveAs(worker, cleo, { seatIds: ['A-1-3'] }))).toEqual([409, 'SEATS_TAKEN']);
    // The buyer with the hold continues as usual.
    const order = approved(await prepare(ben, hold), hold.fence);
    expect((await confirm(ben, order)).status).toBe(200);
  });
});

describe('reserve', () => {
  it("holds seats at the layout's prices, and shows them to their owner", async () => {
    const { event } = await kit.createSale();
    const ann = await kit.shopper(event.eventId);
    const hold = await held(ann, ['A-1-2', 'A-1-1', 'FLOOR-3']);
    expect(hold).toMatchObject({
      state: 'pending',
      amountKrw: 130_000,
      seatIds: ['A-1-1', 'A-1-2', 'FLOOR-3'],
    });
    expect(hold.expiresAtMs - hold.createdAtMs).toBe(300_000);
    const mine = mineAnswerSchema.parse((await ask(worker, 'GET', 'reservations/mine', ann)).body);
    expect(mine.reservations.map(({ reservationId }) => reservationId)).toEqual([hold.reservationId]);
    const detail = await ask(worker, 'GET', `reservations/${hold.reservationId}`, ann);
    expect(reservationAnswerSchema.parse(detail.body).reservationId).toBe(hold.reservationId);
    // E6: the fence is returned once and cannot be read again.
    expect(detail.body).not.toHaveProperty('fence');
  });

  it('repeats of an Idempotency-Key get the same answer, in parallel and on another worker; another body is 422', async () => {
    const { event } = await kit.createSale();
    const ann = await kit.shopper(event.eventId);
    const other = await kit.startWorker();
    const key = randomUUID();
    const body = { seatIds: ['A-1-1', 'A-1-2'] };
    const answers = await Promise.all(
      [worker, other, worker, other].map((one) => reserveAs(one, ann, body, key)),
    );
    const late = await reserveAs(other, ann, { seatIds: ['A-1-2', 'A-1-1'] }, key);
    const ids = [...answers, late].map(({ status, body: { reservationId, fence } }) =>
      JSON.stringify([status, reservationId, fence]),
    );
    expect(new Set(ids).size).toBe(1);
    expect(late.status).toBe(200);
    expect(await codeOf(reserveAs(worker, ann, { seatIds: ['A-1-3'] }, key))).toEqual([422, 'KEY_REUSED']);
    expect(await codeOf(reserveAs(worker, ann, { bestAvailable: { count: 1 } }, key))).toEqual([
      422,
      'KEY_REUSED',
    ]);
    await other.stop();
  });

  it('the same key of another account makes another reservation', async () => {
    const { event } = await kit.createSale();
    const [ann, ben] = await Promise.all([kit.shopper(event.eventId), kit.shopper(event.eventId)]);
    const one = await reserveAs(worker, ann, { seatIds: ['A-1-1'] }, 'key');
    const two = await reserveAs(worker, ben, { seatIds: ['A-1-2'] }, 'key');
    expect([one.status, two.status]).toEqual([200, 200]);
    expect(one.body.reservationId).not.toBe(two.body.reservationId);
  });

  it('a conflict is 409, names the taken seats and holds none', async () => {
    const { event } = await kit.createSale();
    const [ann, ben, cleo] = await Promise.all([1, 2, 3].map(() => kit.shopper(event.eventId)));
    if (!ann || !ben || !cleo) throw new Error('no shoppers');
    await held(ann, ['A-1-2']);
    const refused = await reserveAs(worker, ben, { seatIds: ['A-1-1', 'A-1-2', 'A-1-3'] });
    expect([refused.status, refused.body.code, refused.body.details]).toEqual([
      409,
      'SEATS_TAKEN',
      { seatIds: ['A-1-2'] },
    ]);
    await held(cleo, ['A-1-1', 'A-1-3']);
  });

  it('one of a hundred parallel requests gets the seat, and the others are refused', async () => {
    const { event } = await kit.createSale();
    const shoppers = await Promise.all(Array.from({ length: 100 }, () => kit.shopper(event.eventId)));
    const answers = await Promise.all(
      shoppers.map((one) => reservePatiently(worker, one, { seatIds: ['A-1-5'] })),
    );
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(answers.filter(({ body }) => body.code === 'SEATS_TAKEN')).toHaveLength(99);
  });

  it('best available picks adjacent seats near front and middle; twenty parallel requests share no seat', async () => {
    const { event } = await kit.createSale({ seatsPerOrder: 4 });
    const first = await kit.shopper(event.eventId);
    const best = await reserveAs(worker, first, { bestAvailable: { count: 2, section: 'A' } });
    expect(best.body.seatIds).toEqual(['A-1-5', 'A-1-6']);
    const shoppers = await Promise.all(Array.from({ length: 20 }, () => kit.shopper(event.eventId)));
    const answers = await Promise.all(
      shoppers.map((one) => reservePatiently(worker, one, { bestAvailable: { count: 2 } })),
    );
    const groups = answers.flatMap(({ status, body }) =>
      status === 200 ? [holdAnswerSchema.parse(body).seatIds] : [],
    );
    // At most 19 pairs are left, and a pair out of turn may leave two single seats.
    expect(groups.length).toBeGreaterThanOrEqual(15);
    expect(groups.length).toBeLessThanOrEqual(19);
    const seats = groups.flat();
    expect(new Set(seats).size).toBe(seats.length);
    for (const [one = '', two = ''] of groups.filter(([seat]) => seat?.startsWith('A'))) {
      const [row, number] = [one.slice(0, 4), Number(one.slice(4))];
      expect([`${row}${number + 1}`, `${row}${number - 1}`]).toContain(two);
    }
    const refused = answers.filter(({ status }) => status !== 200);
    for (const { body } of refused) expect(body).toMatchObject({ code: 'SEATS_TAKEN' });
  });

  it('rejects a malformed request with 400: unknown, too many, repeated or no seats, no key, no event', async () => {
    const { event } = await kit.createSale({ seatsPerOrder: 2 });
    const ann = await kit.shopper(event.eventId);
    const refused = (body: unknown) => codeOf(reserveAs(worker, ann, body));
    const bad = [400, 'BAD_REQUEST'];
    expect(await refused({ seatIds: ['A-9-1'] })).toEqual(bad);
    expect(await refused({ seatIds: ['A-1-1', 'A-1-2', 'A-1-3'] })).toEqual(bad);
    expect(await refused({ bestAvailable: { count: 3 } })).toEqual(bad);
    expect(await refused({ seatIds: ['A-1-1', 'A-1-1'] })).toEqual(bad);
    expect(await refused({ seatIds: [] })).toEqual(bad);
    expect(await refused({ seatIds: ['A-1-1'], userId: 'ben' })).toEqual(bad);
    expect(await refused({ seatIds: ['A-1-1'], bestAvailable: { count: 1 } })).toEqual(bad);
    expect(await refused(undefined)).toEqual(bad);
    expect(await codeOf(reserveAs(worker, ann, { seatIds: ['A-1-1'] }, 'k'.repeat(129)))).toEqual(bad);
    expect(await codeOf(ask(worker, 'POST', 'seats/reserve', ann, { body: { seatIds: ['A-1-1'] } }))).toEqual(
      bad,
    );
    const two = { ...ann, cookies: new Map([...ann.cookies, [tokenCookie.entry('other'), 'x']]) };
    expect(await codeOf(reserveAs(worker, two, { seatIds: ['A-1-1'] }))).toEqual(bad);
  });

  it('an account has one hold at a time; too many holds in a row are 429 with the time to wait', async () => {
    const { event } = await kit.createSale();
    const ann = await kit.shopper(event.eventId);
    const windowFromMs = Date.now();
    for (let round = 0; round < holdsPerWindowMax; round++) {
      const { reservationId, fence, expiresAtMs } = await held(ann, ['A-1-1']);
      const second = await reserveAs(worker, ann, { seatIds: ['A-1-2'] });
      expect([second.status, second.body.details]).toEqual([429, { reason: 'too-many' }]);
      const leftSeconds = (expiresAtMs - Date.now()) / 1000;
      expect(Number(second.headers.get('retry-after'))).toBeGreaterThanOrEqual(leftSeconds);
      const release = await ask(worker, 'POST', 'seats/release', ann, { body: { reservationId, fence } });
      expect(release.body.state).toBe('cancelled');
    }
    const refused = await reserveAs(worker, ann, { seatIds: ['A-1-1'] });
    expect([refused.status, refused.body.details]).toEqual([429, { reason: 'cooling-down' }]);
    const windowSeconds = (windowFromMs + holdWindowMs - Date.now()) / 1000;
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThanOrEqual(windowSeconds);
  });

  it('an account has at most seatsPerAccount seats over all its orders, also after Redis was flushed', async () => {
    const { event } = await kit.createSale({ seatsPerOrder: 2, seatsPerAccount: 3 });
    const ann = await kit.shopper(event.eventId);
    const { hold } = await bought(ann, ['A-1-1', 'A-1-2']);
    await kit.redis.client().flushall();
    await kit.tellLimit(event.eventId);
    const again = await kit.shopper(event.eventId, ann.sub);
    const refused = await reservePatiently(worker, again, { seatIds: ['A-1-3', 'A-1-4'] });
    expect([refused.status, refused.body.code, refused.body.details]).toEqual([
      409,
      'SEATS_PER_ACCOUNT',
      { seatsPerAccount: 3, left: 1 },
    ]);
    const best = await reserveAs(worker, again, { bestAvailable: { count: 2 } });
    expect([best.status, best.body.code]).toEqual([409, 'SEATS_PER_ACCOUNT']);
    await bought(again, ['A-1-3']);
    const full = await kit.shopper(event.eventId, ann.sub);
    const none = await reserveAs(worker, full, { seatIds: ['A-1-4'] });
    expect(none.body.details).toEqual({ seatsPerAccount: 3, left: 0 });
    await ask(worker, 'POST', `reservations/${hold.reservationId}/cancel`, full);
    await held(await kit.shopper(event.eventId, ann.sub), ['A-1-4', 'A-1-5']);
  });

  it('without seatsPerAccount an account has as many seats as one order takes', async () => {
    const { event } = await kit.createSale({ seatsPerOrder: 2 });
    const ann = await kit.shopper(event.eventId);
    await bought(ann, ['A-1-1', 'A-1-2']);
    const again = await kit.shopper(event.eventId, ann.sub);
    const refused = await reserveAs(worker, again, { seatIds: ['A-1-3'] });
    expect([refused.status, refused.body.details]).toEqual([409, { seatsPerAccount: 2, left: 0 }]);
  });

  it('a sale that is closed or not yet open sells nothing in any mode', async () => {
    const opensAt = new Date(Date.now() + 3_600_000).toISOString();
    const { event } = await kit.createSale({ opensAt, isActive: false });
    const ann = await kit.shopper(event.eventId);
    expect(await codeOf(reserveAs(worker, ann, { seatIds: ['A-1-1'] }))).toEqual([409, 'CONFLICT']);
  });
});

describe('the end of a sale', () => {
  const past = () => new Date(Date.now() - 1_000).toISOString();
  const ends = async (eventId: string, change: { salesEndAt?: string; startsAt?: string }) => {
    await kit.events.update(eventId, change);
    const ben = await kit.shopper(eventId);
    await eventually(
      async () =>
        expect(await codeOf(reserveAs(worker, ben, { seatIds: ['A-2-1'] }))).toEqual([409, 'SALE_ENDED']),
      200,
    );
  };

  it('refuses reserve, extend, prepare and confirm, and moves no money', async () => {
    const { event } = await kit.createSale();
    const ann = await kit.shopper(event.eventId);
    const hold = await held(ann, ['A-1-1']);
    const order = approved(await prepare(ann, hold), hold.fence);
    await ends(event.eventId, { salesEndAt: past() });
    const body = { reservationId: hold.reservationId, fence: hold.fence };
    const ended = [409, 'SALE_ENDED'];
    expect(await codeOf(ask(worker, 'POST', 'seats/extend', ann, { body }))).toEqual(ended);
    expect(await codeOf(ask(worker, 'POST', 'payments/prepare', ann, { body }))).toEqual(ended);
    expect(await codeOf(confirm(ann, order))).toEqual(ended);
    expect(kit.sandbox.charges(order.orderId)).toBe(0);
    // A hold can still be released.
    expect((await ask(worker, 'POST', 'seats/release', ann, { body })).status).toBe(200);
  });

  it('is the start of the show by default; a later salesEndAt keeps the sale open', async () => {
    const { event } = await kit.createSale({ startsAt: past() });
    const ann = await kit.shopper(event.eventId);
    const refused = await reserveAs(worker, ann, { seatIds: ['A-1-1'] });
    expect([refused.status, refused.body.code, refused.body.details]).toEqual([
      409,
      'SALE_ENDED',
      { salesEndAt: event.startsAt },
    ]);
    const salesEndAt = new Date(Date.now() + 3_600_000).toISOString();
    const late = await kit.createSale({ startsAt: past(), salesEndAt });
    await bought(await kit.shopper(late.event.eventId), ['A-1-1']);
  });

  it('does not stop a confirm that has begun: an approving order is paid and confirmed', async () => {
    const { event } = await kit.createSale();
    const ann = await kit.shopper(event.eventId);
    const hold = await held(ann, ['A-1-1']);
    const order = approved(await prepare(ann, hold), hold.fence);
    const { orderId, paymentKey } = order;
    await worker.deps.payments.move({
      orderId,
      from: ['prepared'],
      to: 'approving',
      paymentKey,
      due: { dueClass: 'undecided', nextAttemptAtMs: Date.now() + 60_000 },
      nowMs: Date.now(),
    });
    await ends(event.eventId, { salesEndAt: past() });
    await eventually(async () => expect((await confirm(ann, order)).status).toBe(200));
    expect(kit.sandbox.charges(orderId)).toBe(1);
    const detail = await ask(worker, 'GET', `reservations/${hold.reservationId}`, ann);
    expect(detail.body.state).toBe('confirmed');
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
    const { reservationId, fence } = await held(ann, ['A-1-1']);
    const order = approved(await prepare(ann, { reservationId, fence }), fence);
    const name = tokenCookie.entry(event.eventId);
    const mixed = { ...ann, cookies: new Map([...ann.cookies, [name, ben.cookies.get(name) ?? '']]) };
    const hold = { body: { reservationId, fence } };
    const wrong = [403, 'WRONG_ACCOUNT'];
    expect(await codeOf(ask(worker, 'POST', 'seats/extend', mixed, hold))).toEqual(wrong);
    expect(await codeOf(ask(worker, 'POST', 'seats/release', mixed, hold))).toEqual(wrong);
    expect(await codeOf(ask(worker, 'POST', 'payments/prepare', mixed, hold))).toEqual(wrong);
    expect(await codeOf(confirm(mixed, order))).toEqual(wrong);
    expect(await codeOf(ask(worker, 'POST', `reservations/${reservationId}/cancel`, mixed))).toEqual(wrong);
    expect(await codeOf(ask(worker, 'POST', `payments/${order.orderId}/refund`, mixed))).toEqual(wrong);
    expect((await confirm(ann, order)).status).toBe(200);
  });

  it("another account's reservation is 403 and an unknown one 404, on every route", async () => {
    const { event } = await kit.createSale();
    const ann = await kit.shopper(event.eventId);
    const ben = await kit.shopper(event.eventId);
    const { reservationId, fence } = await held(ann, ['A-1-1']);
    const order = approved(await prepare(ann, { reservationId, fence }), fence);
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

  it('an account that books too often is asked to wait; other accounts are not (C5)', async () => {
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
    await held(calm, ['A-1-1']);
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
    await bought(neighbour, ['A-1-1']);
    expect((await ask(worker, 'GET', 'reservations/mine', neighbour)).status).toBe(200);
    // Its own bookings and payments have separate counts.
    await bought(greedy, ['A-1-2']);
    expect((await ask(worker, 'POST', 'payments/webhook', undefined, { body: {} })).status).not.toBe(429);
  });

  it('a purchase ends the visit: its place inside is free at once and its token holds no more seats', async () => {
    const { event } = await kit.createSale();
    const ann = await kit.shopper(event.eventId);
    const entry = ann.cookies.get(tokenCookie.entry(event.eventId)) ?? '';
    await bought(ann, ['A-1-1']);
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

describe('a reservation', () => {
  it('is extended up to its maximum with its fence', async () => {
    const { event } = await kit.createSale();
    const ann = await kit.shopper(event.eventId);
    const { reservationId, fence, expiresAtMs, expiresAtMaxMs } = await held(ann, ['A-1-1']);
    const extend = (body: unknown) => ask(worker, 'POST', 'seats/extend', ann, { body });
    const answer = await eventually(async () => {
      const extended = holdAnswerSchema.parse((await extend({ reservationId, fence })).body);
      expect(extended.expiresAtMs).toBeGreaterThan(expiresAtMs);
      return extended;
    });
    expect(answer.expiresAtMs).toBeLessThanOrEqual(expiresAtMaxMs);
    expect(await codeOf(extend({ reservationId, fence: fence + 1 }))).toEqual([409, 'FENCE_REFUSED']);
    const release = ask(worker, 'POST', 'seats/release', ann, { body: { reservationId, fence: fence + 1 } });
    expect(await codeOf(release)).toEqual([409, 'FENCE_REFUSED']);
    // E6: a missing fence, zero and null are refused.
    for (const bad of [{}, { fence: 0 }, { fence: null }])
      expect(await codeOf(extend({ reservationId, ...bad }))).toEqual([400, 'BAD_REQUEST']);
  });

  it('that has ended is 409 for extend, prepare, confirm and cancel; its seats are free at once', async () => {
    const { event } = await kit.createSale();
    const [ann, ben] = await Promise.all([kit.shopper(event.eventId), kit.shopper(event.eventId)]);
    const { reservationId, fence } = await held(ann, ['A-1-1']);
    const order = approved(await prepare(ann, { reservationId, fence }), fence);
    const body = { reservationId, fence };
    expect((await ask(worker, 'POST', 'seats/release', ann, { body })).status).toBe(200);
    expect((await ask(worker, 'POST', 'seats/release', ann, { body })).status).toBe(200);
    await held(ben, ['A-1-1']);
    const over = [409, 'RESERVATION_OVER'];
    expect(await codeOf(ask(worker, 'POST', 'seats/extend', ann, { body }))).toEqual(over);
    expect(await codeOf(ask(worker, 'POST', 'payments/prepare', ann, { body }))).toEqual(over);
    expect(await codeOf(confirm(ann, order))).toEqual(over);
    expect(kit.sandbox.charges(order.orderId)).toBe(0);
  });

  it('ends by cancel: a pending one ends the visit, a paid one is refunded, and the seats are free', async () => {
    const { event } = await kit.createSale();
    const ann = await kit.shopper(event.eventId);
    const pending = await held(ann, ['A-1-1']);
    const cancel = (id: string) => ask(worker, 'POST', `reservations/${id}/cancel`, ann);
    expect((await cancel(pending.reservationId)).body.state).toBe('cancelled');
    expect((await cancel(pending.reservationId)).status).toBe(200);

    const ben = await kit.shopper(event.eventId);
    const { hold, order } = await bought(ben, ['A-1-1', 'A-1-2']);
    expect(kit.sandbox.keptKrw(order.orderId)).toBe(100_000);
    const back = await ask(worker, 'POST', `reservations/${hold.reservationId}/cancel`, ben);
    expect(back.body).toMatchObject({ state: 'cancelled', orderId: order.orderId });
    expect(kit.sandbox.keptKrw(order.orderId)).toBe(0);
    await held(await kit.shopper(event.eventId), ['A-1-1', 'A-1-2']);
  });
});

describe('a payment', () => {
  it("leads to the provider's page and back with the holder's reservation and fence", async () => {
    const { event } = await kit.createSale();
    const ann = await kit.shopper(event.eventId);
    const hold = await held(ann, ['A-1-1', 'FLOOR-1']);
    const order = await prepare(ann, hold);
    expect(order).toMatchObject({ amountKrw: 80_000, reservationId: hold.reservationId });
    expect(order.orderId).toMatch(/^[0-9a-f]{32}$/);
    // Two tabs, one order.
    expect((await prepare(ann, hold)).orderId).toBe(order.orderId);
    const page = await fetch(order.checkout?.url ?? '');
    expect(page.status).toBe(200);
    const pay = (order.checkout?.url ?? '').replace('/checkout?', '/checkout/pay?');
    const back = new URL((await fetch(pay, { redirect: 'manual' })).headers.get('location') ?? '');
    expect(back.origin).toBe('https://tickets.test');
    const answer = await confirm(ann, {
      orderId: back.searchParams.get('orderId'),
      paymentKey: back.searchParams.get('paymentKey'),
      amountKrw: Number(back.searchParams.get('amount')),
      fence: Number(back.searchParams.get('fence')),
    });
    expect(paymentAnswerSchema.parse(answer.body).state).toBe('settled');
    const detail = await ask(worker, 'GET', `reservations/${hold.reservationId}`, ann);
    expect(detail.body).toMatchObject({ state: 'confirmed', orderId: order.orderId });
  });

  it('confirmed ten times in parallel and again later has one effect', async () => {
    const { event } = await kit.createSale();
    const ann = await kit.shopper(event.eventId);
    const hold = await held(ann, ['A-1-1']);
    const order = approved(await prepare(ann, hold), hold.fence);
    const answers = await Promise.all(Array.from({ length: 10 }, () => confirm(ann, order)));
    const late = await confirm(ann, order);
    expect(new Set([...answers, late].map(({ status }) => status))).toEqual(new Set([200]));
    expect(kit.sandbox.charges(order.orderId)).toBe(1);
  });

  it('with another amount is 400 and with another fence 409, and nothing is charged', async () => {
    const { event } = await kit.createSale();
    const ann = await kit.shopper(event.eventId);
    const hold = await held(ann, ['A-1-1']);
    const order = approved(await prepare(ann, hold), hold.fence);
    expect(await codeOf(confirm(ann, { ...order, amountKrw: 1 }))).toEqual([400, 'AMOUNT_DIFFERS']);
    expect(await codeOf(confirm(ann, { ...order, fence: hold.fence + 1 }))).toEqual([409, 'FENCE_REFUSED']);
    expect(kit.sandbox.charges(order.orderId)).toBe(0);
  });

  it('declined is 402; each new try is a new order; after five tries the seats must be chosen again', async () => {
    const { event } = await kit.createSale();
    const ann = await kit.shopper(event.eventId);
    const hold = await held(ann, ['A-1-1']);
    kit.sandbox.set({ declined: 1 });
    const orders = new Set<string>();
    try {
      for (let attempt = 0; attempt < 5; attempt++) {
        const order = approved(await prepare(ann, hold), hold.fence);
        orders.add(order.orderId);
        expect(await codeOf(confirm(ann, order))).toEqual([402, 'PAYMENT_DECLINED']);
      }
    } finally {
      kit.sandbox.set({ declined: 0 });
    }
    expect(orders.size).toBe(5);
    const { reservationId, fence } = hold;
    const sixth = ask(worker, 'POST', 'payments/prepare', ann, { body: { reservationId, fence } });
    expect(await codeOf(sixth)).toEqual([409, 'CONFLICT']);
  });

  it('of zero won needs no provider', async () => {
    const sections = testSections.map((section) => ({ ...section, priceKrw: 0 }));
    const { event } = await kit.createSale({}, sections);
    const ann = await kit.shopper(event.eventId);
    const hold = await held(ann, ['A-1-1']);
    const { orderId, checkout } = await prepare(ann, hold);
    expect(checkout).toBeNull();
    const body = { orderId, paymentKey: 'free', amountKrw: 0, fence: hold.fence };
    expect((await confirm(ann, body)).body.state).toBe('settled');
    expect((await ask(worker, 'POST', `payments/${orderId}/refund`, ann)).body.state).toBe('refunded');
  });

  it('is refunded once; an unpaid one is 409', async () => {
    const { event } = await kit.createSale();
    const ann = await kit.shopper(event.eventId);
    const hold = await held(ann, ['A-1-1']);
    const { orderId } = await prepare(ann, hold);
    const refund = () => ask(worker, 'POST', `payments/${orderId}/refund`, ann);
    expect(await codeOf(refund())).toEqual([409, 'CONFLICT']);
    await confirm(ann, approved({ orderId, amountKrw: 50_000 }, hold.fence));
    const answers = await Promise.all([refund(), refund(), refund()]);
    expect(
      answers.map(({ body }) => body.state).every((state) => state === 'refunded' || state === 'refunding'),
    ).toBe(true);
    expect((await refund()).body.state).toBe('refunded');
    expect(kit.sandbox.keptKrw(orderId)).toBe(0);
  });
});
