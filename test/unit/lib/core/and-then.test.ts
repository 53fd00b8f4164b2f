import { describe, expect, it } from 'vitest';
import { andThen, bothThen, settle } from '#core/and-then.ts';

describe('a value that may already be known', () => {
  it('is continued synchronously if it is known', () => {
    expect(andThen(1, (n) => n + 1)).toBe(2);
    expect(bothThen(1, 2, (a, b) => a + b)).toBe(3);
  });

  it('is continued when it resolves', async () => {
    await expect(andThen(Promise.resolve(1), (n) => n + 1)).resolves.toBe(2);
    await expect(bothThen(1, Promise.resolve(2), (a, b) => a + b)).resolves.toBe(3);
  });

  it('rejects once if either of two rejects, and leaves no rejection unhandled', async () => {
    const never = new Promise<number>(() => undefined);
    await expect(bothThen(never, Promise.reject(new Error('away')), (a) => a)).rejects.toThrow('away');
  });

  it.each([
    ['now', () => 1, ['gave 1']],
    ['later', () => Promise.resolve(1), ['gave 1']],
    [
      'by an exception',
      () => {
        throw new Error('no');
      },
      ['refused no'],
    ],
    ['by a rejection', () => Promise.reject(new Error('no')), ['refused no']],
  ])('settles once, %s', async (_title, make, expected) => {
    const seen: string[] = [];
    settle<number>(
      make,
      (value) => seen.push(`gave ${value}`),
      (refusal) => seen.push(`refused ${refusal instanceof Error ? refusal.message : ''}`),
    );
    await new Promise(setImmediate);
    expect(seen).toEqual(expected);
  });
});
