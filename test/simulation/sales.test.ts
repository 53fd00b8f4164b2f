import { availableParallelism } from 'node:os';
import { expect, test } from 'vitest';
import { playMany } from './sales/many.ts';
import { mutantSeedsMax, rulesWith, sourceMutants } from './sales/mutate.ts';
import { play } from './sales/play.ts';
import { mutants } from './sales/world.ts';

const firstSeed = Number(process.env.URR_FIRST_SEED ?? 1);
const seeds = Number(process.env.URR_SEEDS ?? 10_000);

test(`no seat is sold twice, no money is kept for nothing, no seat is lost: ${seeds} sales under faults`, async () => {
  const { failed, operations } = await playMany({ from: firstSeed, seeds, threads: availableParallelism() });
  expect(failed).toEqual([]);
  // A sale takes some 560 calls: less than a tenth of that, and it was not played.
  expect(operations).toBeGreaterThan(seeds * 50);
});

test('the same seed plays the same sale', async () => {
  const first = await play(42);
  const second = await play(42);
  expect(second.history).toEqual(first.history);
  expect(second.operations).toBe(first.operations);
});

test.each(mutants)('the simulator notices a store that does: %s', async (mutant) => {
  expect(await isKilled((seed) => play(seed, { mutant }))).toBe(true);
});

test.each(sourceMutants)('the simulator notices rules in which $name', async (mutant) => {
  const rules = await rulesWith(mutant);
  expect(await isKilled((seed) => play(seed, { rules }))).toBe(true);
});

async function isKilled(playSeed: (seed: number) => ReturnType<typeof play>): Promise<boolean> {
  for (let seed = 1; seed <= mutantSeedsMax; seed++) {
    if ((await playSeed(seed)).violations.length > 0) return true;
  }
  return false;
}
