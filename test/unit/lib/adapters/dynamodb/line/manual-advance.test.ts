import { describe, expect, it } from 'vitest';
import { advanceManually } from '#adapters/dynamodb/line/manual-advance.ts';
import { total } from '#core/line/position.ts';
import { initialServing } from '#core/line/serving.ts';
import { createMemoryLine } from '../../../../../support/line/memory-line.ts';

const nowMs = 1_750_000_000_000;
const line = { eventId: 'sale', generation: 1 };
const request = { count: 100, by: 'kim', nowMs };

async function crowd(size: number) {
  const { counters } = createMemoryLine();
  await counters.createServing(line, initialServing(2, nowMs));
  for (let i = 0; i < size; i += 1) await counters.allocate(line, i % 2);
  const called = async () => total((await counters.serving(line, 'latest'))?.serving ?? []);
  return { counters, called };
}

describe('an advance by hand', () => {
  it('calls the requested number, and never past the allocated numbers', async () => {
    const { counters, called } = await crowd(150);
    expect(await advanceManually(counters, line, request)).toBe(100);
    expect(await advanceManually(counters, line, { ...request, nowMs: nowMs + 1 })).toBe(50);
    expect(await called()).toBe(150);
  });

  it('calls no visitor twice after a lost response', async () => {
    const { counters, called } = await crowd(1000);
    let isFirst = true;
    const lossy = {
      ...counters,
      replaceServing: async (...args: Parameters<typeof counters.replaceServing>) => {
        const stored = await counters.replaceServing(...args);
        const isLost = isFirst;
        isFirst = false;
        return isLost ? false : stored;
      },
    };
    expect(await advanceManually(lossy, line, request)).toBe(100);
    expect(await called()).toBe(100);
  });

  it('succeeds beside other writers, and gives up if they never stop', async () => {
    const { counters, called } = await crowd(1000);
    const hands = ['kim', 'lee', 'park'].map((by) => advanceManually(counters, line, { ...request, by }));
    expect(await Promise.all(hands)).toEqual([100, 100, 100]);
    expect(await called()).toBe(300);
    const busy = { ...counters, replaceServing: async () => false };
    await expect(advanceManually(busy, line, { ...request, by: 'choi' })).rejects.toMatchObject({
      code: 'CONFLICT',
    });
  });

  it('is refused on a line without joins', async () => {
    const { counters } = createMemoryLine();
    await expect(advanceManually(counters, line, request)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });
});
