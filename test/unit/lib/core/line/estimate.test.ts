import { describe, expect, it } from 'vitest';
import { estimateWait } from '#core/line/estimate.ts';

describe('the wait', () => {
  it('the wait is a range, which is wider for people further back', () => {
    const rate = { low: 540, high: 660 };
    expect(estimateWait(0, rate)).toEqual({ lowSeconds: 0, highSeconds: 1 });
    expect(estimateWait(6600, rate)).toEqual({ lowSeconds: 592, highSeconds: 728 });
  });

  it('the wait is unknown rather than absurd', () => {
    expect(estimateWait(10, null)).toBeNull();
    expect(estimateWait(10, { low: 0, high: 5 })).toBeNull();
    expect(estimateWait(10_000_000, { low: 1, high: 2 })).toBeNull();
  });
});
