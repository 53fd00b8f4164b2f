import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { admissionIdSchema, admittedAtMs } from '#contract/admission-event.ts';
import { queueAnswerSchema } from '#contract/queue-http.ts';
import { addressToLimit, clientAddress } from '#core/access/client-address.ts';
import { ExpiringCache } from '#core/expiring-cache.ts';
import { compareByLevel } from '#core/line/position.ts';
import { absentAnswer, admittedAnswer, waitingAnswer } from '#core/queue/answer.ts';
import { hasQueue, limitNow, limitVersion } from '#core/queue/limit.ts';
import { paceRate } from '#core/queue/pace.ts';
import type { QueueTotals } from '#core/queue/ports.ts';
import { scoreOf, seqMax } from '#core/queue/score.ts';
import { testEvent } from '../../../../support/line/vwr-api.ts';

const nowMs = 1_763_683_200_000;
const event = { eventId: 'sale', threshold: 100, state: 'open' as const };
const totals = (more: Partial<QueueTotals> = {}): QueueTotals => ({
  nowMs,
  inside: 100,
  limit: 100,
  waiting: 5_000,
  pace: { moved: 0, windowMs: 0, atMs: 0 },
  ...more,
});

describe('a score', () => {
  it('a score has exactly the order of the line, up to the largest position', () => {
    const position = fc.record({
      shard: fc.integer({ min: 0, max: 63 }),
      seq: fc.integer({ min: 1, max: seqMax }),
    });
    fc.assert(
      fc.property(position, position, (a, b) => {
        expect(Math.sign(scoreOf(a) - scoreOf(b))).toBe(Math.sign(compareByLevel(a, b)));
        expect(scoreOf(a)).toBeLessThan(2 ** 52);
        expect(Number.isSafeInteger(scoreOf(a))).toBe(true);
      }),
    );
  });
});

describe('an estimate', () => {
  it('an estimate is unknown without a recent measurement', () => {
    for (const pace of [
      { moved: 500, windowMs: 60_000, atMs: nowMs - 15_001 },
      { moved: 0, windowMs: 0, atMs: 0 },
    ]) {
      expect(paceRate(pace, 60, nowMs)).toBeNull();
      const answer = waitingAnswer(event, 10, totals({ pace }));
      expect(answer.state === 'waiting' && answer.estimatedWait).toBeNull();
    }
  });

  it('an estimate is a range around the measured pace of the front', () => {
    const pace = { moved: 400, windowMs: 60_000, atMs: nowMs };
    const answer = waitingAnswer(event, 1_200, totals({ pace }));
    if (answer.state !== 'waiting' || answer.estimatedWait === null) throw new Error('no estimate');
    expect(answer.estimatedWait.lowSeconds).toBeLessThanOrEqual(180);
    expect(answer.estimatedWait.highSeconds).toBeGreaterThanOrEqual(180);
    expect(answer.estimatedWait.highSeconds).toBeLessThan(210);
  });
});

describe('a response', () => {
  it('matches the contract in every state', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 2_000_000 }),
        fc.integer({ min: 0, max: 2_000_000 }),
        (rank, waiting) => {
          const answer = waitingAnswer(event, rank, totals({ waiting }));
          expect(queueAnswerSchema.parse(answer)).toEqual(answer);
        },
      ),
    );
    const entry = { token: 't', expiresAtMs: nowMs };
    for (const answer of [absentAnswer(event, totals()), admittedAnswer(event, 'id', entry, totals())])
      expect(queueAnswerSchema.parse(answer)).toEqual(answer);
  });

  it.each([
    [0, 1],
    [1_000, 1],
    [1_001, 5],
    [5_000, 5],
    [10_000, 10],
    [10_001, 30],
    [100_000, 30],
    [100_001, 60],
  ])('asks a visitor with %i people ahead to poll again after %i s (C3)', (rank, seconds) => {
    expect(waitingAnswer(event, rank, totals()).nextPoll).toBe(seconds);
  });
});

describe("a client's address", () => {
  it("is the one that URR's own proxies appended, whatever the client sent (E3)", () => {
    fc.assert(
      fc.property(
        fc.array(fc.ipV4(), { maxLength: 5 }),
        fc.ipV4(),
        fc.ipV4(),
        (forged, viewer, cloudFront) => {
          const header = [...forged, viewer, cloudFront].join(', ');
          expect(clientAddress(header, '10.0.0.1', 2)).toBe(viewer);
        },
      ),
    );
  });

  it('is that of the connection if no proxy is trusted or the list is too short', () => {
    expect(clientAddress('1.1.1.1, 2.2.2.2', '10.0.0.1', 0)).toBe('10.0.0.1');
    expect(clientAddress('1.1.1.1', '10.0.0.1', 2)).toBe('10.0.0.1');
    expect(clientAddress(undefined, '10.0.0.1', 2)).toBe('10.0.0.1');
    expect(clientAddress('', '10.0.0.1', 1)).toBe('10.0.0.1');
  });
});

describe('the key of a limit per address', () => {
  it.each([
    ['203.0.113.7', '203.0.113.7'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:DB8:1:2::9', '2001:db8:1:2::/64'],
    ['2001:0db8:0001:0002:ffff::', '2001:db8:1:2::/64'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['::ffff:203.0.113.7', '203.0.113.7'],
    ['', ''],
  ])('of %s is %s, because an IPv6 line has a whole network (E3)', (address, counted) => {
    expect(addressToLimit(address)).toBe(counted);
  });

  it('is the same for all addresses of a network, and differs between networks', () => {
    fc.assert(
      fc.property(fc.ipV6(), (address) => {
        expect(addressToLimit(address)).toBe(addressToLimit(address.toUpperCase()));
      }),
    );
    expect(addressToLimit('2001:db8:1:2::1')).toBe(addressToLimit('2001:db8:1:2:aaaa:bbbb:cccc:dddd'));
    expect(addressToLimit('2001:db8:1:3::1')).not.toBe(addressToLimit('2001:db8:1:2::1'));
  });
});

describe('the limit', () => {
  it('the limit is 0 unless the event is open, and its version grows with each change', () => {
    const open = testEvent({ eventId: 'a', threshold: 7 });
    expect(limitNow(open, nowMs)).toBe(7);
    for (const more of [
      { isPaused: true },
      { isSoldOut: true },
      { isActive: false },
      { onSale: undefined },
      { opensAt: new Date(nowMs + 1).toISOString() },
    ])
      expect(limitNow({ ...open, ...more }, nowMs)).toBe(0);
    expect(limitNow(testEvent({ eventId: 'a', opensAt: new Date(nowMs).toISOString() }), nowMs)).toBe(1000);
    expect(limitVersion({ ...open, revision: 12 })).toBe(12);
  });

  it('an event has a queue in both modes with one while its waiting room is on', () => {
    const on = testEvent({ eventId: 'a' });
    expect(hasQueue(on, nowMs)).toBe(true);
    expect(hasQueue({ ...on, mode: 'queue' }, nowMs)).toBe(true);
    expect(hasQueue({ ...on, mode: 'waiting-room' }, nowMs)).toBe(false);
    expect(hasQueue({ ...on, isActive: false }, nowMs)).toBe(false);
    expect(hasQueue({ ...on, onSale: undefined }, nowMs)).toBe(false);
  });
});

describe('an expiring cache', () => {
  it('a cached value is dropped when it expires', () => {
    const cache = new ExpiringCache<string>(10);
    cache.set('token', 'claims', nowMs + 1);
    expect(cache.get('token', nowMs)).toBe('claims');
    expect(cache.get('token', nowMs + 1)).toBeUndefined();
  });

  it('the cache never exceeds its size, and keeps the values that are read', () => {
    const cache = new ExpiringCache<number>(100);
    cache.set('kept', -1, nowMs + 1_000);
    let found = 0;
    for (let i = 0; i < 10_000; i += 1) {
      cache.set(`token-${i}`, i, nowMs + 1_000);
      if (i % 20 === 0) expect(cache.get('kept', nowMs)).toBe(-1);
    }
    for (let i = 0; i < 10_000; i += 1) found += cache.get(`token-${i}`, nowMs) === undefined ? 0 : 1;
    expect(found).toBeLessThanOrEqual(100);
  });
});

describe('an admission id', () => {
  it('contains the time of the admission, and nothing else is parsed as one', () => {
    expect(admittedAtMs('1763683200123-abcdefghijkl-7')).toBe(1_763_683_200_123);
    for (const bad of [
      '',
      'x',
      '1763683200123-short-7',
      '176368320012-abcdefghijkl-7',
      '1763683200123-abcdefghijkl-',
    ])
      expect(admissionIdSchema.safeParse(bad).success).toBe(false);
  });
});
