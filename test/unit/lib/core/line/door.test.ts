import { describe, expect, it } from 'vitest';
import { type AdvancePolicy, advanceBy, decideAdvance } from '#core/line/advance.ts';
import { callDoor } from '#core/line/door.ts';
import { total } from '#core/line/position.ts';
import { initialServing, type ServingState, servingStateSchema } from '#core/line/serving.ts';
import { seededRandom } from '../../../../support/random.ts';

const startMs = 1_750_000_000_000;
const policy: AdvancePolicy = {
  ratePerMinute: 600,
  claimWindowMs: 300_000,
  hold: undefined,
  opensAtMs: undefined,
  cycleMs: 10_000,
};
const first = initialServing(1, startMs);
const rateOnly = { kind: 'rate-only' } as const;

function tick(state: ServingState, second: number, issued: number, doorGiven: number, held = false) {
  const counters = { issued: [issued], claimedTotal: 0, doorGiven };
  const hold = held ? 'paused' : undefined;
  const decision = decideAdvance(state, counters, rateOnly, { ...policy, hold }, startMs + second * 1_000);
  if (decision.kind !== 'advance') throw new Error('nothing was advanced');
  servingStateSchema.parse(decision.next);
  return decision;
}

describe('the door', () => {
  it('door numbers are called before the next numbers, at one common rate', () => {
    const { next, called } = tick(first, 1, 100, 4);
    expect(called).toBe(10);
    expect(next).toMatchObject({ door: { given: 4, called: 4 }, serving: [6] });
    expect(tick(next, 2, 100, 30).next).toMatchObject({ door: { given: 30, called: 14 }, serving: [6] });
  });

  it('a line without shared numbers has no door', () => {
    expect(tick(first, 1, 100, 0).next.door).toBeUndefined();
  });

  it('a held line calls nobody at the door', () => {
    const { next, called } = tick(first, 1, 100, 4, true);
    expect(called).toBe(0);
    expect(next.door).toEqual({ given: 4, called: 0 });
  });

  it('the door calls no more people than tier 2 has room for', () => {
    const capacity = {
      kind: 'closed-loop',
      limit: 5,
      free: 5,
      queued: 0,
      active: 0,
      arrived: 0,
      updatedAtMs: startMs,
    } as const;
    const counters = { issued: [100], claimedTotal: 0, doorGiven: 50 };
    const decision = decideAdvance(first, counters, capacity, policy, startMs + 10_000);
    const alone = decideAdvance(first, { ...counters, doorGiven: 0 }, capacity, policy, startMs + 10_000);
    if (decision.kind !== 'advance' || alone.kind !== 'advance') throw new Error('nothing was advanced');
    expect(decision.called).toBe(alone.called);
    expect(decision.called).toBeLessThan(10);
    // People called at the door are expected in tier 2 like all others.
    const after = decideAdvance(decision.next, counters, capacity, policy, startMs + 11_000);
    if (after.kind !== 'advance') throw new Error('nothing was advanced');
    expect(after.called).toBe(0);
  });

  it('an operator’s advance calls the people at the door first', () => {
    const { next } = tick(first, 1, 100, 15);
    const byHand = advanceBy(next, [100], 8, 'test', startMs + 1_000);
    expect(byHand).toMatchObject({ called: 8, next: { door: { given: 15, called: 15 }, serving: [3] } });
  });

  it('the door’s numbers never fall and never exceed the rate, whatever was read', () => {
    const random = seededRandom(109);
    let state = first;
    let [issued, given] = [0, 0];
    let called = 0;
    for (let second = 1; second <= 2_000; second += 1) {
      issued += Math.floor(random() * 12);
      given += Math.floor(random() * 6);
      const stale = () => Math.floor(random() * 20);
      const decision = tick(state, second, Math.max(0, issued - stale()), Math.max(0, given - stale()));
      const [before, after] = [state.door, decision.next.door];
      expect(after?.called ?? 0).toBeGreaterThanOrEqual(before?.called ?? 0);
      expect(after?.given ?? 0).toBeGreaterThanOrEqual(before?.given ?? 0);
      expect(total(decision.next.serving)).toBeGreaterThanOrEqual(total(state.serving));
      expect(decision.called).toBe(
        total(decision.next.serving) - total(state.serving) + ((after?.called ?? 0) - (before?.called ?? 0)),
      );
      called += decision.called;
      expect(called).toBeLessThanOrEqual(10 * second);
      state = decision.next;
    }
    expect(called).toBeGreaterThan(10 * 1_900 * 0.5);
    expect(callDoor(state.door, 0, 0).next).toEqual(state.door);
  });
});
