import { describe, expect, it } from 'vitest';
import { bufferOf, capacityAgeMaxMs, expectedArrivals, placesToCall, showShare } from '#core/capacity.ts';
import { initialServing, type ServingState } from '#core/serving.ts';

const nowMs = 1_750_000_000_000;
const line = (serving: number, expired: number, claimedOfExpired: number): ServingState => ({
  ...initialServing(1, nowMs),
  serving: [serving],
  issued: [1_000_000],
  expired: [expired],
  claimedOfExpired,
});
const tier2 = { kind: 'closed-loop', free: 100, queued: 0, buffer: 10, updatedAtMs: nowMs } as const;

/** A line that had called and claimed so many, so many seconds ago. */
const sample = (secondsAgo: number, called: number, claimed: number) => ({
  atMs: nowMs - secondsAgo * 1000,
  called,
  claimed,
  isRunning: true,
});

describe('the share of called people who come', () => {
  it('is one until enough calls are over to measure it', () => {
    expect(showShare(line(19, 19, 0), 0, nowMs)).toBe(1);
    expect(showShare({ ...line(500, 0, 0), pace: [sample(29, 500, 0)] }, 100, nowMs)).toBe(1);
  });
  it('is measured on those who have had time to notice', () => {
    const state = {
      ...line(900, 0, 0),
      pace: [sample(40, 300, 0), sample(30, 600, 210), sample(20, 900, 300)],
    };
    expect(showShare(state, 420, nowMs)).toBe(0.7);
  });
  it('is measured on those whose time is over when nothing newer is known', () => {
    expect(showShare(line(5000, 1000, 700), 700, nowMs)).toBe(0.7);
  });
  it('never falls so low that one call floods tier 2, and never rises above one', () => {
    expect(showShare(line(1000, 1000, 0), 0, nowMs)).toBe(0.1);
    expect(showShare({ ...line(100, 0, 0), pace: [sample(30, 100, 0)] }, 130, nowMs)).toBe(1);
  });
});

describe('people still expected', () => {
  it('are those of the last minute who come, less those who have come', () => {
    const state = { ...line(1300, 0, 0), pace: [sample(60, 1000, 700), sample(30, 1200, 800)] };
    const claimedTotal = 840;
    expect(showShare(state, claimedTotal, nowMs)).toBe(0.7);
    expect(expectedArrivals(state, claimedTotal, nowMs)).toBeCloseTo(300 * 0.7 - 140);
  });
  it('are none when more came than were thought to', () => {
    const state = { ...line(1000, 0, 0), pace: [sample(60, 1000, 500), sample(30, 1000, 700)] };
    expect(expectedArrivals(state, 720, nowMs)).toBe(0);
  });
});

describe('places to call', () => {
  it('more are called than are free when some will not come', () => {
    const quiet = line(1000, 1000, 500);
    expect(placesToCall(tier2, quiet, 500, nowMs)).toBe(220);
  });

  it('those on the way count by the share that comes', () => {
    const onTheWay = line(1100, 1000, 500);
    expect(placesToCall(tier2, onTheWay, 500, nowMs)).toBe(120);
    // Forty of them have come meanwhile: ten more are expected.
    expect(placesToCall(tier2, onTheWay, 540, nowMs)).toBe(200);
  });

  it('those who did not come hold no place for the rest of their claim window', () => {
    const state = { ...line(10_000, 0, 0), pace: [sample(60, 10_000, 7_000), sample(30, 10_000, 7_000)] };
    expect(placesToCall({ ...tier2, free: 60 }, state, 7_000, nowMs)).toBe(100);
  });

  it('a fast sale keeps ten seconds of its own pace waiting, so that no place stays empty between two cycles', () => {
    const state = { ...line(10_000, 0, 0), pace: [sample(60, 10_000, 4_000), sample(30, 10_000, 10_000)] };
    expect(placesToCall({ ...tier2, free: 0 }, state, 10_000, nowMs)).toBe(1_000);
    expect(placesToCall({ ...tier2, free: 0, queued: 990 }, state, 10_000, nowMs)).toBe(10);
  });

  it('is never negative', () => {
    expect(placesToCall({ ...tier2, free: 0, queued: 5000 }, line(0, 0, 0), 0, nowMs)).toBe(0);
  });

  it('old capacity is no capacity', () => {
    const at = (ageMs: number) => ({ ...tier2, updatedAtMs: nowMs - ageMs });
    expect(placesToCall(at(capacityAgeMaxMs), line(0, 0, 0), 0, nowMs)).toBe(110);
    expect(placesToCall(at(capacityAgeMaxMs + 1), line(0, 0, 0), 0, nowMs)).toBe('stale');
  });

  it('without a second line only the rate limits', () => {
    expect(placesToCall({ kind: 'rate-only' }, line(0, 0, 0), 0, nowMs)).toBeUndefined();
  });

  it('rounding never swallows a place', () => {
    expect(placesToCall({ ...tier2, free: 4, buffer: 3 }, line(1000, 1000, 700), 700, nowMs)).toBe(10);
  });
});

it('the buffer is a fiftieth of the limit, and enough for a small sale', () => {
  expect([bufferOf(0), bufferOf(100), bufferOf(1000), bufferOf(100_000)]).toEqual([10, 10, 20, 2000]);
});
