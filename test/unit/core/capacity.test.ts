import { describe, expect, it } from 'vitest';
import { bufferOf, capacityAgeMaxMs, outstandingCalls, placesToCall, showShare } from '#core/capacity.ts';
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

describe('the share of called people who come', () => {
  it('is one until enough calls are over to measure it', () => {
    expect(showShare(line(19, 19, 0))).toBe(1);
  });
  it('is measured on those whose time is over', () => {
    expect(showShare(line(5000, 1000, 700))).toBe(0.7);
  });
  it('never falls so low that one call floods tier 2', () => {
    expect(showShare(line(1000, 1000, 0))).toBe(0.1);
  });
});

describe('places to call', () => {
  it('more are called than are free when some will not come', () => {
    const quiet = line(1000, 1000, 500);
    expect(placesToCall(tier2, quiet, 500, nowMs)).toBe(220);
  });

  it('those on the way count by the share that comes', () => {
    const onTheWay = line(1100, 1000, 500);
    expect(outstandingCalls(onTheWay, 500)).toBe(100);
    expect(placesToCall(tier2, onTheWay, 500, nowMs)).toBe(120);
    // Forty of them have come meanwhile.
    expect(outstandingCalls(onTheWay, 540)).toBe(60);
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
