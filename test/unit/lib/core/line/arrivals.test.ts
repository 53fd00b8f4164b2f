import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Arrivals,
  addArrivals,
  arrivalsSchema,
  arrivingShare,
  arrivingShareGuess,
  predictArrivals,
} from '#core/line/arrivals.ts';

const nowMs = 1_750_000_000_000;
const start = addArrivals(undefined, { atMs: nowMs, called: 0, came: 0 });

/** A line that calls in bursts. `share` of the called people come, with delays of this mean. */
function observed(share: number, meanSeconds: number, seconds: number, stepSeconds = 1) {
  let state = start;
  let called = 0;
  let came = 0;
  let onTheWay = 0;
  for (let second = stepSeconds; second <= seconds; second += stepSeconds) {
    const left = onTheWay * Math.exp(-stepSeconds / meanSeconds);
    came += onTheWay - left;
    onTheWay = left;
    state = addArrivals(state, { atMs: nowMs + second * 1000, called, came: Math.floor(came) });
    const calls = second % 60 < 20 ? 4 * stepSeconds : 0;
    called += calls;
    onTheWay += calls * share;
  }
  return { state: addArrivals(state, { atMs: state.atMs, called, came: state.came }), onTheWay };
}

describe('the arrivals of called people', () => {
  it('the share is a guess and nobody is expected before anything is measured', () => {
    expect(predictArrivals(undefined, 1)).toEqual({ share: 1, expected: 0, delaySeconds: 0 });
    expect(arrivingShare(undefined)).toBe(arrivingShareGuess);
    expect(arrivingShare(start)).toBeCloseTo(arrivingShareGuess);
  });
  it.each([
    { share: 0.7, mean: 5 },
    { share: 0.7, mean: 45 },
    { share: 0.5, mean: 100 },
  ])('a share of $share and a delay of $mean s are estimated from totals alone', ({ share, mean }) => {
    const { state, onTheWay } = observed(share, mean, 600);
    const seen = predictArrivals(state, 1);
    expect(seen.share).toBeGreaterThan(share - 0.05);
    expect(seen.share).toBeLessThan(share + 0.05);
    expect(seen.delaySeconds).toBeGreaterThan(mean * 0.7);
    expect(seen.delaySeconds).toBeLessThan(mean * 1.4);
    expect(Math.abs(seen.expected - onTheWay)).toBeLessThan(Math.max(3, onTheWay * 0.5));
  });
  it('the expected visitors decrease with the age of their call, not in one step', () => {
    let state = observed(0.7, 45, 600).state;
    for (let second = 1; second <= 180; second += 1) {
      const before = predictArrivals(state, 1).expected;
      state = addArrivals(state, { ...state, atMs: state.atMs + 1000 });
      const after = predictArrivals(state, 1).expected;
      expect(after).toBeLessThanOrEqual(before);
      expect(after).toBeGreaterThan(before * 0.7 - 0.1);
    }
  });
  it('a step of ten seconds gives the same estimate as ten steps of a second', () => {
    const seconds = predictArrivals(observed(0.7, 45, 600).state, 1);
    const cycles = predictArrivals(observed(0.7, 45, 600, 10).state, 1);
    expect(cycles.share).toBeCloseTo(seconds.share, 1);
    expect(Math.abs(cycles.delaySeconds - seconds.delaySeconds)).toBeLessThan(15);
  });
  it('a capacity with an earlier time does not count the same time twice', () => {
    const { state } = observed(0.7, 45, 600);
    const later = { ...state, atMs: state.atMs + 60_000 };
    const back = addArrivals(state, { ...state, atMs: state.atMs - 300_000 });
    expect(addArrivals(back, later)).toEqual(addArrivals(state, later));
  });
  it('the share stays between its minimum and 1', () => {
    const arrivalsOf = (called: number, came: number): Arrivals =>
      addArrivals(addArrivals(start, { atMs: nowMs, called, came: 0 }), {
        atMs: nowMs + 600_000,
        called,
        came,
      });
    expect(predictArrivals(arrivalsOf(10_000, 0), 1).share).toBe(0.1);
    expect(predictArrivals(arrivalsOf(100, 130), 1).share).toBe(1);
  });
  it('the state holds only numbers that a table stores, whatever was counted', () => {
    const step = fc.record({
      seconds: fc.integer({ min: -60, max: 100_000 }),
      called: fc.integer({ min: 0, max: 100_000 }),
      came: fc.integer({ min: -1_000, max: 100_000 }),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 20 }), (steps) => {
        let state = start;
        for (const { seconds, called, came } of steps) {
          const atMs = state.atMs + seconds * 1000;
          state = addArrivals(state, {
            atMs,
            called: state.called + called,
            came: Math.max(0, state.came + came),
          });
          expect(arrivalsSchema.parse(state)).toEqual(state);
          const { share, expected, delaySeconds } = predictArrivals(state, 1);
          expect(share).toBeGreaterThanOrEqual(0.1);
          expect(share).toBeLessThanOrEqual(1);
          expect(expected).toBeGreaterThanOrEqual(0);
          expect(delaySeconds).toBeGreaterThanOrEqual(0);
          for (const n of state.tried.flatMap(({ waiting, due }) => [waiting, due]))
            expect(n === 0 || n >= 1e-6).toBe(true);
        }
      }),
    );
  });
});
