import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Pace } from '#core/queue/ports.ts';
import { type QueueHarness, testPolicy } from '../../support/queue/harness.ts';
import { useHarness } from '../../support/queue/use-harness.ts';

const make = useHarness();

const crowd = (q: QueueHarness, count: number) =>
  Promise.all(Array.from({ length: count }, (_, i) => q.enter(`u.${1 + i}`, 1 + i)));
const stayGuessMs = 60_000;

/** Milliseconds per move of the front by one. */
const eachMs = ({ moved, windowMs }: Pace): number => windowMs / moved;
const paceOf = async (q: QueueHarness) => (await q.heartbeat('u.nobody')).totals.pace;

describe('the pace of the front', () => {
  it('the pace is estimated from limit and stay until the line moves, and is no faster than ticks admit', async () => {
    const q = await make({ ...testPolicy, batchMax: 10 });
    await q.open(20);
    await q.tick(20);
    expect(await paceOf(q)).toEqual({ moved: 2, windowMs: (2 * stayGuessMs) / 20, atMs: q.nowMs });
    const large = await make({ ...testPolicy, batchMax: 10 });
    await large.open(10_000);
    await large.tick(10_000);
    expect(eachMs(await paceOf(large))).toBe(100);
  });

  it('the pace follows the front while people wait', async () => {
    const q = await make();
    await q.open(20);
    await crowd(q, 400);
    for (let second = 0; second < 240; second += 1) {
      if (second % 9 === 8)
        await Promise.all(Array.from({ length: 400 }, (_, i) => q.heartbeat(`u.${i + 1}`)));
      await q.tick(20);
      await q.queue.leave(q.line, `u.${second + 1}`);
    }
    expect(eachMs(await paceOf(q))).toBeGreaterThan(900);
    expect(eachMs(await paceOf(q))).toBeLessThan(1_100);
  });

  it('admissions without a wait do not change the pace', async () => {
    const q = await make();
    await q.open(20);
    await crowd(q, 15);
    await q.tick(20);
    await q.tick(20);
    await q.enter('u.next', 16);
    expect(eachMs(await paceOf(q))).toBe(stayGuessMs / 20);
  });

  it('the time per person lengthens by at most a quarter in 30 s, whatever happens and however often the line is paused', async () => {
    const step = fc.record({
      joins: fc.integer({ min: 0, max: 8 }),
      leave: fc.integer({ min: 0, max: 6 }),
      gapMs: fc.constantFrom(0, 0, 0, 1_000, 9_000, 120_000),
      isPaused: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), async (steps) => {
        const q = await make({ ...testPolicy, pollGraceMs: 600_000 });
        await q.open(4);
        await crowd(q, 1);
        let [joined, left] = [1, 0];
        const paces: { readonly atMs: number; readonly each: number }[] = [];
        for (const { joins, leave, gapMs, isPaused } of steps) {
          const [joinedNext, leftNext] = [joined + joins, Math.min(joined, left + leave)];
          for (; joined < joinedNext; joined += 1) await q.enter(`u.${joined + 1}`, joined + 1);
          for (; left < leftNext; left += 1) await q.queue.leave(q.line, `u.${left + 1}`);
          await q.advance(gapMs);
          await q.tick(isPaused ? 0 : 4);
          paces.push({ atMs: q.nowMs, each: eachMs(await paceOf(q)) });
        }
        for (const now of paces)
          for (const before of paces.filter(({ atMs }) => atMs < now.atMs && atMs >= now.atMs - 30_000))
            expect(now.each).toBeLessThanOrEqual(before.each * 1.25 + 1);
      }),
      { numRuns: 40 },
    );
  });

  it('the pace follows a new limit at once', async () => {
    const q = await make();
    await q.open(10);
    await q.tick(10);
    await q.tick(30);
    expect(eachMs(await paceOf(q))).toBe(stayGuessMs / 30);
  });
});
