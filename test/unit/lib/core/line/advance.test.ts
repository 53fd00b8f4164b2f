import { describe, expect, it } from 'vitest';
import {
  type AdvanceDecision,
  type AdvancePolicy,
  advanceBy,
  catchUpMaxMs,
  decideAdvance,
} from '#core/line/advance.ts';
import type { Capacity } from '#core/line/capacity.ts';
import { initialServing, type ServingState, servingStateSchema } from '#core/line/serving.ts';

const startMs = 1_750_000_000_000;
const policy: AdvancePolicy = {
  ratePerMinute: 3000,
  claimWindowMs: 300_000,
  hold: undefined,
  opensAtMs: undefined,
  cycleMs: 10_000,
};
const rateOnly: Capacity = { kind: 'rate-only' };
const crowd = { issued: [1_000_000], claimedTotal: 0 };

function advanced(decision: AdvanceDecision): Extract<AdvanceDecision, { kind: 'advance' }> {
  if (decision.kind !== 'advance') throw new Error('nothing was advanced');
  servingStateSchema.parse(decision.next);
  return decision;
}
const tick = (
  state: ServingState,
  seconds: number,
  more: { counters?: typeof crowd; capacity?: Capacity; policy?: Partial<AdvancePolicy> } = {},
) =>
  decideAdvance(
    state,
    more.counters ?? crowd,
    more.capacity ?? rateOnly,
    { ...policy, ...more.policy },
    startMs + seconds * 1000,
  );

describe('a tick', () => {
  const first = initialServing(1, startMs);

  it('a tick calls the rate’s share of its time: 500 per ten seconds by default', () => {
    const ten = advanced(tick(first, 10));
    expect(ten.called).toBe(500);
    expect(advanced(tick(ten.next, 20)).called).toBe(500);
  });

  it('a tick that is repeated, early or run by another advancer changes nothing', () => {
    const { next } = advanced(tick(first, 10.2));
    for (const seconds of [10, 10.3, 10.999, 5, -100])
      expect(tick(next, seconds)).toEqual({ kind: 'nothing' });
  });

  it('a late tick makes up for missed time, at most a minute of it', () => {
    expect(advanced(tick(first, 40)).called).toBe(2000);
    expect(advanced(tick(first, 3600)).called).toBe((3000 * catchUpMaxMs) / 60_000);
  });

  it('ticks keep fractions of a person: a rate of 100 per minute calls 100 per minute', () => {
    let state = first;
    let called = 0;
    for (let cycle = 1; cycle <= 60; cycle += 1) {
      const decision = advanced(tick(state, cycle * 10, { policy: { ratePerMinute: 100 } }));
      state = decision.next;
      called += decision.called;
    }
    expect(called).toBe(1000);
  });

  it('a tick never calls past the numbers given out, and banks no unused budget', () => {
    const few = advanced(tick(first, 10, { counters: { issued: [3], claimedTotal: 0 } }));
    expect(few.called).toBe(3);
    expect(advanced(tick(few.next, 20)).called).toBe(500);
  });

  it('a stale read of the counters lowers no number', () => {
    const many = advanced(tick(first, 10, { counters: { issued: [800], claimedTotal: 0 } }));
    const older = advanced(tick(many.next, 20, { counters: { issued: [600], claimedTotal: 0 } }));
    expect(older.next.issued).toEqual([800]);
    expect(older.next.serving).toEqual([800]);
  });

  it.each(['closed', 'inactive', 'sold-out', 'upcoming', 'paused'] as const)(
    'a tick calls nobody while the event is %s, and that time is not banked',
    (hold) => {
      const held = advanced(tick(first, 50, { policy: { hold } }));
      expect(held).toMatchObject({ called: 0, held: hold });
      expect(held.next.serving).toEqual([0]);
      expect(advanced(tick(held.next, 60)).called).toBe(500);
    },
  );

  it('the rate counts from the opening, to the millisecond', () => {
    const opening = advanced(tick(first, 10, { policy: { opensAtMs: startMs + 6_000 } }));
    // Four seconds, and the first second that is called in advance (below).
    expect(opening.called).toBe(250);
  });

  it('a tick raises all shards level by level', () => {
    const state = initialServing(4, startMs);
    const counters = { issued: [200, 200, 10, 200], claimedTotal: 0 };
    const { next } = advanced(tick(state, 10, { counters, policy: { ratePerMinute: 600 } }));
    expect(next.serving).toEqual([30, 30, 10, 30]);
  });
});

describe('expiry', () => {
  it('a called place expires after two to two and a quarter claim windows', () => {
    let state = initialServing(1, startMs);
    const calledAt: number[] = [];
    const expiredAt: number[] = [];
    for (let seconds = 10; seconds <= 1800; seconds += 10) {
      const { next, called } = advanced(tick(state, seconds, { policy: { ratePerMinute: 60 } }));
      for (let i = 0; i < called; i += 1) calledAt.push(seconds);
      while (expiredAt.length < (next.expired[0] ?? 0)) expiredAt.push(seconds);
      state = next;
    }
    expect(expiredAt.length).toBeGreaterThan(500);
    const ages = expiredAt.map((atSeconds, i) => atSeconds - (calledAt[i] ?? 0));
    expect(Math.min(...ages)).toBeGreaterThanOrEqual(600);
    // A quarter of the window between checkpoints, rounded up to whole cycles, and one cycle to notice.
    expect(Math.max(...ages)).toBeLessThanOrEqual(600 + 80 + 10);
  });

  it('called places expire during a pause too', () => {
    let state = advanced(tick(initialServing(1, startMs), 10)).next;
    for (let seconds = 20; seconds <= 700; seconds += 10)
      state = advanced(tick(state, seconds, { policy: { hold: 'paused' } })).next;
    expect(state.expired).toEqual([500]);
  });

  it('an outage of the advancer expires no place: only time with ticks counts', () => {
    let state = advanced(tick(initialServing(1, startMs), 10)).next;
    for (let seconds = 20; seconds <= 300; seconds += 10) state = advanced(tick(state, seconds)).next;
    state = advanced(tick(state, 4_000)).next;
    expect(state.expired).toEqual([0]);
    for (let seconds = 4_010; seconds <= 4_280; seconds += 10) state = advanced(tick(state, seconds)).next;
    expect(state.expired).toEqual([0]);
    state = advanced(tick(state, 4_300)).next;
    expect(state.expired[0]).toBeGreaterThanOrEqual(500);
  });
});

describe('the closed loop', () => {
  const at = (seconds: number) => startMs + seconds * 1000;
  /** The guess of a stay is a minute, so the buffer for a limit of 60 is ten people. */
  const tier2 = (free: number, queued: number, updatedSeconds: number, arrived = 0): Capacity => ({
    kind: 'closed-loop',
    limit: 60,
    free,
    active: Math.max(0, 100 - free),
    queued,
    arrived,
    updatedAtMs: at(updatedSeconds),
  });
  const first = initialServing(1, startMs);

  it('a tick calls at most free places plus buffer minus the people who wait in tier 2', () => {
    expect(advanced(tick(first, 10, { capacity: tier2(100, 30, 9) })).called).toBe(80);
    expect(advanced(tick(first, 10, { capacity: tier2(0, 50, 9) })).called).toBe(0);
  });

  it('a tick never calls more than the rate, however many places are free', () => {
    expect(advanced(tick(first, 10, { capacity: tier2(100_000, 0, 9) })).called).toBe(500);
  });

  it('called people who have not come count against the free places, also after their claim', () => {
    const { next } = advanced(tick(first, 10, { capacity: tier2(100, 0, 9) }));
    expect(next.serving).toEqual([110]);
    const claims = { issued: [1_000_000], claimedTotal: 60 };
    expect(advanced(tick(next, 11, { counters: claims, capacity: tier2(100, 0, 10) })).called).toBeLessThan(
      15,
    );
    // Sixty came and have left.
    expect(advanced(tick(next, 20, { capacity: tier2(100, 0, 19, 60) })).called).toBeGreaterThanOrEqual(50);
  });

  it('claims count as arrivals until a worker publishes arrivals, which older releases do not', () => {
    const older = (seconds: number) => ({ ...tier2(100, 0, seconds), arrived: undefined });
    const { next, called } = advanced(tick(first, 10, { capacity: older(9) }));
    expect(called).toBe(110);
    const claims = { issued: [1_000_000], claimedTotal: 60 };
    const after = advanced(tick(next, 20, { counters: claims, capacity: older(19) }));
    expect(after.called).toBeGreaterThanOrEqual(50);
    const newer = advanced(tick(after.next, 21, { counters: claims, capacity: tier2(60, 0, 20, 40) }));
    expect(newer.next.tier2).toMatchObject({ arrived: 40, came: 40 });
  });

  describe('at the opening', () => {
    const opensAtMs = at(60);
    const policy = { opensAtMs, ratePerMinute: 600 };
    const held = advanced(
      tick(first, 59, { policy: { ...policy, hold: 'upcoming' }, capacity: tier2(300, 0, 59) }),
    );

    it('the opening calls at once as many people as tier 2 takes, however low the rate', () => {
      const opened = advanced(tick(held.next, 60, { policy, capacity: tier2(300, 0, 59) }));
      expect(opened.called).toBe(310);
    });

    it('the opening calls at most a minute’s worth in advance, which the rate earns before it calls more', () => {
      let { next, called } = advanced(tick(held.next, 60, { policy, capacity: tier2(5_000, 0, 59) }));
      expect(called).toBe(600);
      for (let second = 61; second <= 120; second += 1)
        next = advanced(tick(next, second, { policy, capacity: tier2(5_000, 0, second - 1) })).next;
      expect(next.serving).toEqual([600]);
      expect(advanced(tick(next, 121, { policy, capacity: tier2(5_000, 0, 120) })).called).toBe(10);
    });

    it('the advance of the opening happens once, also with two advancers and later ticks', () => {
      const { next } = advanced(tick(held.next, 60, { policy, capacity: tier2(300, 0, 59) }));
      expect(tick(next, 60.9, { policy, capacity: tier2(300, 0, 59) })).toEqual({ kind: 'nothing' });
    });

    it('the opening calls one second’s worth without a capacity', () => {
      expect(advanced(tick(held.next, 60, { policy })).called).toBe(10);
    });
  });

  it('an old capacity holds the line and reports it', () => {
    const held = advanced(tick(first, 60, { capacity: tier2(1000, 0, 29) }));
    expect(held).toMatchObject({ called: 0, held: 'stale-capacity' });
  });
});

describe('an advance by hand', () => {
  it('an operator’s advance exceeds the rate, never passes the numbers given out, and records the operator', () => {
    const state = initialServing(2, startMs);
    const { next, called } = advanceBy(state, [3, 2], 1000, 'kim', startMs + 1);
    servingStateSchema.parse(next);
    expect(called).toBe(5);
    expect(next.serving).toEqual([3, 2]);
    expect(next.version).toBe(state.version + 1);
    expect(next.handAdvances).toEqual([{ atMs: startMs + 1, by: 'kim', asked: 1000, called: 5 }]);
  });

  it('an operator’s advance leaves the next tick’s budget unchanged', () => {
    const { next } = advanceBy(initialServing(1, startMs), [10_000], 100, 'kim', startMs + 5_000);
    expect(advanced(tick(next, 10)).called).toBe(500);
  });

  it('the audit of advances keeps a limited number of entries', () => {
    let state = initialServing(1, startMs);
    for (let i = 0; i < 50; i += 1) state = advanceBy(state, [1000], 1, `operator-${i}`, startMs + i).next;
    servingStateSchema.parse(state);
    expect(state.handAdvances.at(-1)?.by).toBe('operator-49');
  });
});

describe('the state stays small', () => {
  it('the state of 64 shards fits into one item, however long the line runs', () => {
    let state = initialServing(64, startMs);
    const issued = Array.from({ length: 64 }, () => 9_999_999);
    for (let cycle = 1; cycle <= 500; cycle += 1)
      state = advanced(tick(state, cycle * 10, { counters: { issued, claimedTotal: cycle } })).next;
    expect(JSON.stringify(state).length).toBeLessThan(16_000);
  });
});
