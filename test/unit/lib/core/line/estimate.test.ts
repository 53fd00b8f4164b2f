import { describe, expect, it } from 'vitest';
import { type AdvancePolicy, advanceBy, decideAdvance } from '#core/line/advance.ts';
import { estimateWait, measuredRate } from '#core/line/estimate.ts';
import { initialServing, type ServingState } from '#core/line/serving.ts';

const startMs = 1_750_000_000_000;
const policy: AdvancePolicy = {
  ratePerMinute: 600,
  claimWindowMs: 300_000,
  hold: undefined,
  opensAtMs: undefined,
  cycleMs: 10_000,
};

function run(cycles: number, issuedAt: (cycle: number) => number, hold?: (cycle: number) => boolean) {
  let state: ServingState = initialServing(1, startMs);
  for (let cycle = 1; cycle <= cycles; cycle += 1) {
    const counters = { issued: [issuedAt(cycle)], claimedTotal: 0 };
    const now = { ...policy, hold: hold?.(cycle) ? ('upcoming' as const) : undefined };
    const decision = decideAdvance(
      state,
      counters,
      { kind: 'rate-only' },
      now,
      startMs + cycle * policy.cycleMs,
    );
    if (decision.kind === 'advance') state = decision.next;
  }
  return state;
}

describe('the measured rate', () => {
  it('is not known in the first seconds', () => {
    for (const cycles of [0, 1, 2]) expect(measuredRate(run(cycles, () => 1e6).pace)).toBeNull();
  });

  it('is a range around the pace the line really moves at', () => {
    const rate = measuredRate(run(10, () => 1e6).pace);
    expect(rate).toEqual({ low: 540, high: 660 });
  });

  it('does not mistake a short line for a slow one', () => {
    // One person comes each cycle and is called at once: that is demand, not pace.
    expect(measuredRate(run(20, (cycle) => cycle).pace)).toBeNull();
  });

  it('does not count the time before the opening', () => {
    const state = run(
      20,
      () => 1e6,
      (cycle) => cycle <= 15,
    );
    expect(measuredRate(state.pace)).toEqual({ low: 540, high: 660 });
  });

  it('a jump by hand is no pace', () => {
    const state = run(10, () => 1e6);
    const { next } = advanceBy(state, [1e6], 100_000, 'kim', startMs + 100_500);
    const after = decideAdvance(
      next,
      { issued: [1e6], claimedTotal: 0 },
      { kind: 'rate-only' },
      policy,
      startMs + 110_000,
    );
    if (after.kind !== 'advance') throw new Error('nothing');
    expect(measuredRate(after.next.pace)?.high).toBeLessThan(1000);
  });
});

describe('the wait', () => {
  it('is a range, and wider for those further back', () => {
    const rate = { low: 540, high: 660 };
    expect(estimateWait(0, rate)).toEqual({ lowSeconds: 0, highSeconds: 1 });
    expect(estimateWait(6600, rate)).toEqual({ lowSeconds: 592, highSeconds: 728 });
  });

  it('is not known rather than absurd', () => {
    expect(estimateWait(10, null)).toBeNull();
    expect(estimateWait(10, { low: 0, high: 5 })).toBeNull();
    expect(estimateWait(10_000_000, { low: 1, high: 2 })).toBeNull();
  });
});
