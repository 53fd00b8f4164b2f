import { describe, expect, it } from 'vitest';
import { addArrivals } from '#core/line/arrivals.ts';
import { bufferOf, capacityAgeMaxMs, placesToCall } from '#core/line/capacity.ts';
import { addCapacity, meanStaySeconds } from '#core/line/observed-queue.ts';

const nowMs = 1_750_000_000_000;
const limit = 100;
const reported = { free: 100, active: 0, queued: 0, arrived: 0, updatedAtMs: nowMs };
const tier2 = { kind: 'closed-loop', limit, ...reported } as const;

/** A line that has just called this many people. */
const line = (called: number) => {
  const before = addArrivals(undefined, { atMs: nowMs, called: 0, came: 0 });
  return { arrivals: addArrivals(before, { atMs: nowMs, called, came: 0 }) };
};

describe('how many people to call', () => {
  it('the room is the free places plus a small buffer', () => {
    // The guess of a stay is a minute: ten seconds at the pace of 100 places are 16 people.
    expect(placesToCall(tier2, line(0), nowMs)).toBe(116);
  });
  it('people on the way and people who wait in tier 2 reduce the room', () => {
    expect(placesToCall(tier2, line(80), nowMs)).toBe(36);
    expect(placesToCall({ ...tier2, queued: 60 }, line(0), nowMs)).toBe(56);
    expect(placesToCall({ ...tier2, free: 0, queued: 60 }, line(0), nowMs)).toBe(0);
  });
  it('a capacity older than half a minute leaves no room', () => {
    const at = (ageMs: number) => ({ ...tier2, updatedAtMs: nowMs - ageMs });
    expect(placesToCall(at(capacityAgeMaxMs), line(0), nowMs)).toBe(116);
    expect(placesToCall(at(capacityAgeMaxMs + 1), line(0), nowMs)).toBe('stale');
  });
  it('the room is unlimited without a capacity', () => {
    expect(placesToCall({ kind: 'rate-only' }, line(0), nowMs)).toBeUndefined();
  });
});

describe('the measured values of tier 2', () => {
  const later = (more: Partial<typeof reported>) => ({ ...reported, ...more });
  it('the mean stay follows the people inside and the people who leave, from a guess of a minute', () => {
    let known = addCapacity(undefined, reported);
    expect(meanStaySeconds(known)).toBe(60);
    // A hundred are inside at any time and five leave per second, so each stays twenty seconds.
    for (let second = 1; second <= 300; second += 1)
      known = addCapacity(
        known,
        later({ active: 100, arrived: 100 + second * 5, updatedAtMs: nowMs + second * 1000 }),
      );
    expect(meanStaySeconds(known)).toBeGreaterThan(19);
    expect(meanStaySeconds(known)).toBeLessThan(21);
    expect(bufferOf(100, known)).toBeCloseTo(50, -1);
  });
  it('a repeated capacity changes nothing', () => {
    const known = addCapacity(undefined, later({ arrived: 50, active: 50 }));
    expect(addCapacity(known, later({ arrived: 80, active: 50 }))).toBe(known);
  });
  it('earlier arrivals stay counted when Redis loses its data and counts from 0', () => {
    const known = addCapacity(undefined, later({ arrived: 500, active: 50 }));
    const after = addCapacity(known, later({ arrived: 3, active: 3, updatedAtMs: nowMs + 1000 }));
    expect(after.came).toBe(503);
    expect(after.left).toBe(0);
  });
  it('the buffer is at least one person and follows the limit', () => {
    expect([bufferOf(0, undefined), bufferOf(3, undefined), bufferOf(6000, undefined)]).toEqual([1, 1, 1000]);
  });
});
