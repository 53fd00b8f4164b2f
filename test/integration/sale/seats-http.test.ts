import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  holdAnswerSchema,
  mineAnswerSchema,
  reservationAnswerSchema,
  seatStatusesSchema,
} from '#contract/sale-http.ts';
import { holdsPerWindowMax, holdWindowMs } from '#contract/sale-keys.ts';
import { tokenCookie } from '#contract/tokens.ts';
import {
  approveOrder,
  buySeats,
  codeOf,
  confirmOrder,
  holdSeats,
  prepareOrder,
  readStatuses,
} from '../../support/sale/buyer.ts';
import {
  ask,
  reserveAs,
  reservePatiently,
  type SeatKit,
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

describe('the seat map', () => {
  it('returns the state of every seat; unchanged states are a 304; the layout of a revision can be cached for ever', async () => {
    const { event, layout } = await kit.createSale();
    const { eventId } = event;
    const [ann, ben] = await Promise.all([kit.shopper(eventId), kit.shopper(eventId)]);
    expect((await readStatuses(worker, ann, eventId)).sections).toEqual({
      A: '0'.repeat(20),
      FLOOR: '0'.repeat(20),
    });
    await buySeats(kit, worker, ann, ['A-1-1', 'A-1-2']);
    await holdSeats(worker, ben, ['A-2-10', 'FLOOR-20']);
    await eventually(async () => {
      const { sections } = await readStatuses(worker, ben, eventId);
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

  it('an empty Redis receives the sold and held seats before it shows a free seat', async () => {
    const { event } = await kit.createSale();
    const { eventId } = event;
    const [ann, ben, cleo] = await Promise.all([
      kit.shopper(eventId),
      kit.shopper(eventId),
      kit.shopper(eventId),
    ]);
    await buySeats(kit, worker, ann, ['A-1-1', 'A-1-2']);
    const hold = await holdSeats(worker, ben, ['A-1-3']);
    await eventually(async () =>
      expect((await readStatuses(worker, cleo, eventId)).sections.A).toMatch(/^2210/),
    );
    const redis = kit.redis.client();
    await redis.flushall();
    const lostAtMs = Date.now();
    await kit.tellLimit(eventId);
    const seen = new Set<string>();
    await eventually(async () => {
      const { asOfMs, sections } = await readStatuses(worker, cleo, eventId);
      seen.add(sections.A ?? '');
      expect(asOfMs).toBeGreaterThan(lostAtMs);
      expect(await redis.exists(`urr:{${eventId}}:sale:seats`)).toBe(1);
    }, 20);
    expect([...seen]).toEqual([`221${'0'.repeat(17)}`]);
    // No order of events lets another buyer hold a sold seat.
    expect(await codeOf(reserveAs(worker, cleo, { seatIds: ['A-1-2'] }))).toEqual([409, 'SEATS_TAKEN']);
    expect(await codeOf(reserveAs(worker, cleo, { seatIds: ['A-1-3'] }))).toEqual([409, 'SEATS_TAKEN']);
    // The buyer with the hold continues as usual.
    const order = approveOrder(kit, await prepareOrder(worker, ben, hold), hold.fence);
    expect((await confirmOrder(worker, ben, order)).status).toBe(200);
  });
});

describe('reserve', () => {
  it("holds seats at the layout's prices, and shows them to their owner", async () => {
    const { event } = await kit.createSale();
    const ann = await kit.shopper(event.eventId);
    const hold = await holdSeats(worker, ann, ['A-1-2', 'A-1-1', 'FLOOR-3']);
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

  it('repeats of an Idempotency-Key get the same response, in parallel and on another worker; another body is 422', async () => {
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
    await holdSeats(worker, ann, ['A-1-2']);
    const refused = await reserveAs(worker, ben, { seatIds: ['A-1-1', 'A-1-2', 'A-1-3'] });
    expect([refused.status, refused.body.code, refused.body.details]).toEqual([
      409,
      'SEATS_TAKEN',
      { seatIds: ['A-1-2'] },
    ]);
    await holdSeats(worker, cleo, ['A-1-1', 'A-1-3']);
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
      const { reservationId, fence, expiresAtMs } = await holdSeats(worker, ann, ['A-1-1']);
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
    const { hold } = await buySeats(kit, worker, ann, ['A-1-1', 'A-1-2']);
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
    await buySeats(kit, worker, again, ['A-1-3']);
    const full = await kit.shopper(event.eventId, ann.sub);
    const none = await reserveAs(worker, full, { seatIds: ['A-1-4'] });
    expect(none.body.details).toEqual({ seatsPerAccount: 3, left: 0 });
    await ask(worker, 'POST', `reservations/${hold.reservationId}/cancel`, full);
    await holdSeats(worker, await kit.shopper(event.eventId, ann.sub), ['A-1-4', 'A-1-5']);
  });

  it('without seatsPerAccount an account may have as many seats as one order', async () => {
    const { event } = await kit.createSale({ seatsPerOrder: 2 });
    const ann = await kit.shopper(event.eventId);
    await buySeats(kit, worker, ann, ['A-1-1', 'A-1-2']);
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
