import { describe, expect, it } from 'vitest';
import {
  bufferOf,
  capacityAgeMaxMs,
  expectedArrivals,
  placesToCall,
  showShare,
} from '#core/line/capacity.ts';
import { comesGuess, easeShare, learn, meanStaySeconds } from '#core/line/observed-queue.ts';
import { initialServing, type ServingState } from '#core/line/serving.ts';

const nowMs = 1_750_000_000_000;
const limit = 100;
const told = { free: 100, active: 0, queued: 0, arrived: 0, updatedAtMs: nowMs };
const tier2 = { kind: 'closed-loop', limit, ...told } as const;

/** A line that had called, and of whom had come, so many, so many seconds ago. */
const sample = (secondsAgo: number, called: number, claimed: number) => ({
  atMs: nowMs - secondsAgo * 1000,
  called,
  claimed,
  isRunning: true,
});
const line = (serving: number, pace: ServingState['pace'] = []): ServingState => ({
  ...initialServing(1, nowMs),
  serving: [serving],
  issued: [1_000_000],
  pace,
});

describe('the share of called people who come', () => {
  it('the share is 1 before anything is measured, and the first arrivals of a burst do not make it small', () => {
    expect(showShare(line(0), 0, limit, nowMs)).toBe(1);
    const burst = line(100, [sample(18, 100, 0)]);
    expect(showShare(burst, 20, limit, nowMs)).toBeGreaterThan(0.5);
  });
  it('the share is measured on calls that are old enough to be noticed, at several ages', () => {
    const steady = [50, 40, 30, 20, 10].map((ago) => sample(ago, 10_000 - ago * 10, 7_000 - ago * 7));
    expect(showShare(line(10_000, steady), 7_000, limit, nowMs)).toBeCloseTo(0.72, 2);
  });
  it('the share of a steady line does not swing between two samples', () => {
    const spread = (shiftSeconds: number) => {
      const steady = [60, 50, 40, 30, 20, 10].map((ago) => {
        const called = 10_000 - (ago - shiftSeconds) * 50;
        return sample(ago - shiftSeconds, called, called * 0.7);
      });
      return showShare(line(10_000, steady), 7_000, limit, nowMs);
    };
    const seen = [0, 2, 5, 8].map(spread);
    expect(Math.max(...seen) - Math.min(...seen)).toBeLessThan(0.001);
    expect(Math.max(...seen)).toBeLessThan(0.8);
  });
  it('the share stays between its minimum and 1', () => {
    expect(showShare(line(10_000, [sample(60, 10_000, 0)]), 0, limit, nowMs)).toBe(0.1);
    expect(showShare(line(100, [sample(60, 100, 0)]), 130, limit, nowMs)).toBe(1);
  });
});

describe('people still expected', () => {
  it('the expected people are the called people who come minus those who have come', () => {
    const state = line(300, [sample(60, 0, 0), sample(14, 0, 0)]);
    expect(expectedArrivals(state, 140, 0.7, nowMs)).toBeCloseTo(300 * 0.7 - 140);
    expect(expectedArrivals(state, 250, 0.7, nowMs)).toBe(0);
  });
  it('a burst of calls leaves the expected people age by age, not in one step', () => {
    const called = (secondsAgo: number) => [sample(secondsAgo + 0.001, 0, 0), sample(secondsAgo, 100, 0)];
    const at = [10, 20, 35, 50, 61].map((ago) => expectedArrivals(line(100, called(ago)), 0, 1, nowMs));
    expect(at).toEqual([100, 75, 50, 25, 0]);
  });
});

describe('how many people to call', () => {
  it('the room is the free places plus a small buffer', () => {
    // Stays are guessed at a minute: ten seconds of the pace of 100 places are 16 people.
    expect(placesToCall(tier2, line(0), 0, nowMs)).toBe(116);
  });
  it('people on the way and people who wait in tier 2 reduce the room', () => {
    expect(placesToCall(tier2, line(80), 0, nowMs)).toBe(36);
    expect(placesToCall({ ...tier2, queued: 60 }, line(0), 0, nowMs)).toBe(56);
    expect(placesToCall({ ...tier2, free: 0, queued: 60 }, line(0), 0, nowMs)).toBe(0);
  });
  it('a capacity older than half a minute leaves no room', () => {
    const at = (ageMs: number) => ({ ...tier2, updatedAtMs: nowMs - ageMs });
    expect(placesToCall(at(capacityAgeMaxMs), line(0), 0, nowMs)).toBe(116);
    expect(placesToCall(at(capacityAgeMaxMs + 1), line(0), 0, nowMs)).toBe('stale');
  });
  it('the room is unlimited without a capacity', () => {
    expect(placesToCall({ kind: 'rate-only' }, line(0), 0, nowMs)).toBeUndefined();
  });
});

describe('what tier 1 learns of tier 2', () => {
  const later = (more: Partial<typeof told>) => ({ ...told, ...more });
  it('the mean stay follows the people inside and the people who leave, from a guess of a minute', () => {
    let known = learn(undefined, told);
    expect(meanStaySeconds(known)).toBe(60);
    // A hundred are inside at any time, and five leave each second: each stays twenty seconds.
    for (let second = 1; second <= 300; second += 1)
      known = learn(
        known,
        later({ active: 100, arrived: 100 + second * 5, updatedAtMs: nowMs + second * 1000 }),
      );
    expect(meanStaySeconds(known)).toBeGreaterThan(19);
    expect(meanStaySeconds(known)).toBeLessThan(21);
    expect(bufferOf(100, known)).toBeCloseTo(50, -1);
  });
  it('a repeated capacity changes nothing', () => {
    const known = learn(undefined, later({ arrived: 50, active: 50 }));
    expect(learn(known, later({ arrived: 80, active: 50 }))).toBe(known);
  });
  it('earlier arrivals stay counted when Redis loses its data and counts from 0', () => {
    const known = learn(undefined, later({ arrived: 500, active: 50 }));
    const after = learn(known, later({ arrived: 3, active: 3, updatedAtMs: nowMs + 1000 }));
    expect(after.came).toBe(503);
    expect(after.left).toBe(0);
  });
  it('the share of estimates follows the measured share in about a minute, and hardly a burst of half a minute', () => {
    const first = easeShare(undefined, learn(undefined, later({})), 0.5);
    expect(first.share).toBe(comesGuess);
    const eased = (known: typeof first, seconds: number, measured: number) =>
      easeShare(known, learn(known, later({ updatedAtMs: known.atMs + seconds * 1000 })), measured);
    const settled = eased(first, 600, 0.6);
    expect(settled.share).toBeCloseTo(0.6, 3);
    expect(eased(settled, 10, 0.9).share).toBeLessThan(0.6 * 1.1);
    expect(easeShare(settled, settled, 0.9)).toEqual(settled);
    // The same in one step as in ten: beats that call nobody are not written.
    let steps = settled;
    for (let step = 0; step < 10; step += 1) steps = eased(steps, 1, 0.9);
    expect(steps.share).toBeCloseTo(eased(settled, 10, 0.9).share ?? 0, 2);
  });
  it('the buffer is at least one person and follows the limit', () => {
    expect([bufferOf(0, undefined), bufferOf(3, undefined), bufferOf(6000, undefined)]).toEqual([1, 1, 1000]);
  });
});
