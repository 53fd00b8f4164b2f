import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  compareByLevel,
  isCalled,
  type Position,
  peopleAhead,
  raise,
  rank,
  total,
  waitingTotal,
} from '#core/line/position.ts';

/** A line as (serving, issued) vectors with serving ≤ issued. */
const lines = fc.integer({ min: 1, max: 12 }).chain((shards) =>
  fc.record({
    issued: fc.array(fc.integer({ min: 0, max: 40 }), { minLength: shards, maxLength: shards }),
    shares: fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: shards, maxLength: shards }),
  }),
);
const servingOf = (issued: number[], shares: number[]) =>
  issued.map((n, shard) => Math.floor(n * (shares[shard] ?? 0)));

const everyone = (issued: readonly number[]): Position[] =>
  issued.flatMap((n, shard) => Array.from({ length: n }, (_, i) => ({ shard, seq: i + 1 })));

describe('calling people', () => {
  it('a call raises exactly the lowest levels, one by one or all at once', () => {
    fc.assert(
      fc.property(lines, fc.integer({ min: 0, max: 600 }), ({ issued, shares }, count) => {
        const serving = servingOf(issued, shares);
        const { serving: next, called } = raise(serving, issued, count);
        const waiting = everyone(issued)
          .filter((position) => !isCalled(position, serving))
          .sort(compareByLevel);
        const expected = waiting.slice(0, count);
        expect(called).toBe(expected.length);
        expect(waiting.filter((position) => isCalled(position, next))).toEqual(expected);
      }),
      { numRuns: 500 },
    );
  });

  it('calls in steps come to the same as one call', () => {
    fc.assert(
      fc.property(lines, fc.nat(100), fc.nat(100), ({ issued }, a, b) => {
        const none = issued.map(() => 0);
        const inSteps = raise(raise(none, issued, a).serving, issued, b);
        expect(inSteps.serving).toEqual(raise(none, issued, a + b).serving);
      }),
    );
  });

  it('a call of a million people takes as long as a call of ten', () => {
    const issued = Array.from({ length: 64 }, () => 10_000_000);
    const zeros = issued.map(() => 0);
    const { serving, called } = raise(zeros, issued, 64_000_001);
    expect(called).toBe(64_000_001);
    expect(serving[0]).toBe(1_000_001);
    expect(serving[1]).toBe(1_000_000);
  });
});

describe('a place in the line', () => {
  it('rank and people ahead count exactly the earlier positions when the numbers given out are known', () => {
    fc.assert(
      fc.property(lines, fc.nat(), ({ issued, shares }, pick) => {
        const people = everyone(issued).sort(compareByLevel);
        const own = people[pick % Math.max(1, people.length)];
        if (own === undefined) return;
        const serving = servingOf(issued, shares);
        const before = people.filter((other) => compareByLevel(other, own) < 0);
        expect(rank(own, issued)).toBe(before.length + 1);
        const ahead = before.filter((other) => !isCalled(other, serving)).length;
        expect(peopleAhead(own, issued, serving)).toBe(isCalled(own, serving) ? 0 : ahead);
      }),
      { numRuns: 500 },
    );
  });

  it('a visitor who joins between two cycles does not see a rank near the front', () => {
    // The last cycle counted no one. Number 100 of a shard proves that the other 15 have grown too.
    const zeros = Array.from({ length: 16 }, () => 0);
    expect(rank({ shard: 3, seq: 100 }, zeros)).toBe(99 * 16 + 3 + 1);
    expect(peopleAhead({ shard: 3, seq: 100 }, zeros, zeros)).toBe(99 * 16 + 3);
  });

  it('with one shard the rank is the number', () => {
    expect(rank({ shard: 0, seq: 7 }, [3])).toBe(7);
    expect(peopleAhead({ shard: 0, seq: 7 }, [3], [2])).toBe(4);
  });

  it('the number of waiting people is joined minus called, per shard', () => {
    expect(waitingTotal([5, 0, 9], [5, 0, 2])).toBe(7);
    expect(total([])).toBe(0);
  });
});
