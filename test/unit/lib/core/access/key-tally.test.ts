import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { KeyTally, tallyCountMax } from '#core/access/key-tally.ts';

const keys = (count: number) => Array.from({ length: count }, (_, i) => `203.0.${i >> 8}.${i & 255}`);

describe('a tally', () => {
  it('never counts too little, however many keys share its memory', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 40 }), { maxLength: 400 }), fc.nat(), (asked, seed) => {
        const tally = new KeyTally(2, seed);
        const truth = new Map<number, number>();
        for (const n of asked) {
          truth.set(n, (truth.get(n) ?? 0) + 1);
          expect(tally.add(`key-${n}`)).toBeGreaterThanOrEqual(truth.get(n) ?? 0);
        }
      }),
    );
  });

  it('counts each of 100,000 keys alone', () => {
    const tally = new KeyTally(2 ** 18, 7);
    const many = keys(100_000);
    for (let round = 1; round < 4; round += 1) for (const key of many) tally.add(key);
    const wrong = many.filter((key) => tally.add(key) !== 4);
    // Five keys in one bucket of four are rare, and only then one continues another's count.
    expect(wrong.length).toBeLessThan(100_000 * 0.002);
  });

  it.each([
    ['accounts of one provider', (n: number) => `u.${n}@tickets.example.org`],
    ['networks with the same ending', (n: number) => `2a02:${n.toString(16)}:5678:1::/64`],
  ])('counts %s separately', (_what, key) => {
    const tally = new KeyTally(2 ** 18, 7);
    for (let n = 0; n < 200; n += 1) expect(tally.add(key(n))).toBe(1);
  });

  it('starts again at 0 after a reset, of one key or of all', () => {
    const tally = new KeyTally(8, 1);
    tally.add('a');
    expect(tally.add('a')).toBe(2);
    tally.add('b');
    tally.reset('a');
    expect(tally.add('a')).toBe(1);
    expect(tally.add('b')).toBe(2);
    tally.clear();
    expect(tally.add('b')).toBe(1);
  });

  it('stays at its maximum', () => {
    const tally = new KeyTally(1, 1);
    for (let i = 0; i < tallyCountMax + 10; i += 1) tally.add('a');
    expect(tally.add('a')).toBe(tallyCountMax);
  });
});
