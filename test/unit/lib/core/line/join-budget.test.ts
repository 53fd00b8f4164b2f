import { describe, expect, it } from 'vitest';
import { joinLimits } from '#core/access/rate-limits.ts';
import { createJoinBudget, type Numbering } from '#core/line/join-budget.ts';
import { type Networks, networksOf } from '#core/line/network.ts';
import type { NetworkTally } from '#core/line/ports.ts';
import { createMemoryLine } from '../../../../support/line/memory-line.ts';
import { seededRandom } from '../../../../support/random.ts';

const line = { eventId: 'sale', generation: 1 };
const startMs = 1_750_000_200_000;
const limits = {
  windowSeconds: 300,
  narrow: { joins: 40, ownNumbers: 4 },
  wide: { joins: 100, ownNumbers: 12 },
};

function networks(address: string): Networks {
  const found = networksOf(address);
  if (found === undefined) throw new Error(`no network of ${address}`);
  return found;
}

/** Processes with separate memory and one tally. */
function processes(count: number, given: Partial<Parameters<typeof createJoinBudget>[0]> = {}) {
  const memory = createMemoryLine();
  const calls: string[] = [];
  const tally: NetworkTally = {
    add: (key, ...rest) => {
      calls.push(key);
      return memory.tally.add(key, ...rest);
    },
  };
  const nowMs = () => startMs;
  const budgets = Array.from({ length: count }, () => createJoinBudget({ tally, nowMs, limits, ...given }));
  const take = async (process_: number, address: string): Promise<Numbering | 'refused'> => {
    try {
      return (await budgets[process_]?.take(line, networks(address))) ?? 'refused';
    } catch (error) {
      expect(error).toMatchObject({ code: 'TOO_MANY_REQUESTS' });
      return 'refused';
    }
  };
  return { take, calls };
}
const count = (taken: readonly string[], what: Numbering | 'refused') =>
  taken.filter((one) => one === what).length;

describe('joins of a network', () => {
  it('the first join of a network in a process writes nothing to the tally', async () => {
    const { take, calls } = processes(1);
    for (let i = 0; i < 50; i += 1) expect(await take(0, `203.${i}.0.1`)).toBe('own');
    expect(calls).toEqual([]);
  });

  it('one process allows exactly the network’s joins, the first few with numbers of their own', async () => {
    const { take, calls } = processes(1);
    const taken: string[] = [];
    for (let i = 0; i < 60; i += 1) taken.push(await take(0, '203.0.113.9'));
    expect(count(taken, 'refused')).toBe(20);
    expect(taken.slice(0, 5)).toEqual(['own', 'own', 'own', 'own', 'shared']);
    expect(count(taken, 'own')).toBe(4);
    // Blocks of 1, 2, 4 and then 8; a refused network causes no further call.
    const narrow = calls.filter((key) => key.includes('#203.0.113.9#'));
    expect(narrow.length).toBeLessThanOrEqual(8);
  });

  it('many processes allow at most the network’s joins plus one per process, at any interleaving', async () => {
    const random = seededRandom(21);
    for (let round = 0; round < 100; round += 1) {
      const number = 1 + Math.floor(random() * 12);
      const { take } = processes(number);
      const joins = Array.from({ length: 200 }, () => Math.floor(random() * number));
      const taken: string[] = [];
      const width = 1 + Math.floor(random() * 20);
      for (let at = 0; at < joins.length; at += width) {
        const together = joins.slice(at, at + width).map((one) => take(one, '203.0.113.9'));
        taken.push(...(await Promise.all(together)));
      }
      const given = joins.length - count(taken, 'refused');
      expect(given).toBeLessThanOrEqual(limits.narrow.joins + number);
      expect(given).toBeGreaterThanOrEqual(limits.narrow.joins / 2);
      expect(count(taken, 'own')).toBeLessThanOrEqual(limits.narrow.ownNumbers + number);
    }
  });

  it('500 people behind one carrier’s address join at once, over few or many processes', async () => {
    for (const number of [1, 7, 50, 200, 600]) {
      const { take } = processes(number, { limits: joinLimits });
      const joins = Array.from({ length: 500 }, (_, i) => take(i % number, '203.0.113.9'));
      expect(count(await Promise.all(joins), 'refused')).toBe(0);
    }
  });

  it('a refused address uses up no joins of its neighbours and of other networks', async () => {
    const { take } = processes(1);
    for (let i = 0; i < 500; i += 1) await take(0, '203.0.113.9');
    const neighbours = Array.from({ length: 50 }, (_, i) => take(0, `203.0.113.${100 + i}`));
    expect(count(await Promise.all(neighbours), 'refused')).toBe(0);
    expect(await take(0, '198.51.100.1')).toBe('own');
  });

  it('many addresses of one network share the wide limit', async () => {
    const { take } = processes(1);
    const taken: string[] = [];
    for (let i = 0; i < 250; i += 1) taken.push(await take(0, `203.0.113.${i}`));
    expect(count(taken, 'refused')).toBe(150);
    expect(count(taken, 'own')).toBe(12);
    expect(await take(0, '203.0.114.1')).toBe('own');
  });

  it('a refusal has the end of the window as Retry-After, and the network joins again afterwards', async () => {
    let nowMs = startMs + 60_000;
    const { tally } = createMemoryLine();
    const budget = createJoinBudget({ tally, nowMs: () => nowMs, limits });
    const one = networks('203.0.113.9');
    for (let i = 0; i < 40; i += 1) await budget.take(line, one);
    await expect(budget.take(line, one)).rejects.toMatchObject({
      code: 'TOO_MANY_REQUESTS',
      retryAfterSeconds: 240,
    });
    // Another event and another generation are other lines.
    expect(await budget.take({ ...line, generation: 2 }, one)).toBe('own');
    nowMs += 240_000;
    expect(await budget.take(line, one)).toBe('own');
  });
});
