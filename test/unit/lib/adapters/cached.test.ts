import { describe, expect, it } from 'vitest';
import { cached } from '#adapters/cached.ts';

function setUp() {
  let nowMs = 0;
  let loads = 0;
  let isAway = false;
  const value = cached(
    async () => {
      loads += 1;
      if (isAway) throw new Error('away');
      return loads;
    },
    { ttlMs: 60_000, refreshGapMs: 5_000, staleMs: 600_000, nowMs: () => nowMs },
  );
  return {
    value,
    loads: () => loads,
    pass: (ms: number) => {
      nowMs += ms;
    },
    away: (is: boolean) => {
      isAway = is;
    },
  };
}

describe('a cached value', () => {
  it('is loaded once for concurrent callers', async () => {
    const { value, loads } = setUp();
    expect(await Promise.all(Array.from({ length: 50 }, () => value.get()))).toEqual(Array(50).fill(1));
    expect(loads()).toBe(1);
  });

  it('is loaded again after its time to live', async () => {
    const { value, pass } = setUp();
    await value.get();
    pass(59_999);
    expect(await value.get()).toBe(1);
    pass(1);
    expect(await value.get()).toBe(2);
  });

  it('is loaded early for an unknown key, but not for every guess', async () => {
    const { value, pass, loads } = setUp();
    await value.get();
    for (let i = 0; i < 100; i += 1) await value.refresh();
    expect(loads()).toBe(1);
    pass(5_000);
    for (let i = 0; i < 100; i += 1) await value.refresh();
    expect(loads()).toBe(2);
  });

  it('stays valid while its source is unavailable, which is called only once per gap', async () => {
    const { value, pass, away, loads } = setUp();
    await value.get();
    away(true);
    pass(60_000);
    for (let i = 0; i < 100; i += 1) expect(await value.get()).toBe(1);
    expect(loads()).toBe(2);
    pass(540_000);
    await expect(value.get()).rejects.toThrow('away');
    away(false);
    expect(await value.get()).toBe(4);
  });
});
