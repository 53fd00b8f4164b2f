import { describe, expect, it } from 'vitest';
import { costOfSample, costOfUrr, originPerVisitorMinute, pollsOf } from '../../bench/cost-model.ts';

const measured = {
  statusOriginPerMinute: 60,
  statusBytes: 1000,
  statusHeaderBytes: 500,
  joinWriteUnits: 2,
  joinReadUnits: 0,
};

describe('the cost of waiting', () => {
  it('counts polls by the band of the place in line', () => {
    // The first 500 poll every 2 s, the next 1,500 every 5 s, 8,000 every 10 s, and the rest every 15 s.
    expect(pollsOf(0, 1)).toBe(0);
    expect(pollsOf(500, 1)).toBe(500 * 30);
    expect(pollsOf(1000, 1)).toBe(500 * 30 + 500 * 12);
    expect(pollsOf(1_000_000, 10)).toBe(10 * (500 * 30 + 1500 * 12 + 8000 * 6 + 990_000 * 4));
  });

  it('has origin requests that do not grow with the crowd', () => {
    expect(originPerVisitorMinute(measured, 100_000)).toBeCloseTo(0.009);
    expect(originPerVisitorMinute(measured, 1_000_000)).toBeCloseTo(0.0009);
  });

  it('is a sum of its parts, and grows with the measured traffic', () => {
    const cost = costOfUrr(measured, 1_000_000, 10);
    expect(cost.total).toBeCloseTo(cost.joins + cost.waiting);

    const dearer = costOfUrr({ ...measured, joinWriteUnits: 4, statusBytes: 2000 }, 1_000_000, 10);
    expect(dearer.joins - cost.joins).toBeCloseTo(2 * 0.625);
    expect(dearer.waiting - cost.waiting).toBeCloseTo(((cost.polls * 1000) / 1e9) * 0.085);
  });

  it('of the sample is one request per three seconds, and higher if the cache misses', () => {
    const sample = costOfSample(measured, 1_000_000, 10);
    expect(sample.polls).toBe(200e6);
    expect(sample.allCached).toBeGreaterThan(200);
    expect(sample.nothingCached).toBeGreaterThan(sample.allCached + 700);
  });
});
