import { availableParallelism } from 'node:os';
import { beforeAll, expect, test } from 'vitest';
import { playMany } from './sale/many.ts';
import { mutants } from './sale/mutants.ts';
import { judge } from './sale/mutate.ts';
import { play } from './sale/play.ts';
import { loadProgram, type Program } from './sale/program.ts';

const firstSeed = Number(process.env.URR_FIRST_SEED ?? 1);
const seeds = Number(process.env.URR_SEEDS ?? 300);
/** Sales per mistake in every run: most mistakes are found within a few. */
const everyRun = 60;

let program: Program;
beforeAll(async () => {
  program = await loadProgram();
});

test(`${seeds} sales under faults sell no seat twice, keep no money without a seat and lose no seat`, async () => {
  const { failed, operations } = await playMany({ from: firstSeed, seeds, threads: availableParallelism() });
  expect(failed).toEqual([]);
  // A sale takes about 950 calls. With less than a tenth of that it was not played.
  expect(operations).toBeGreaterThan(seeds * 95);
});

test('the same seed plays the same sale', async () => {
  for (const seed of [3, 42, 77]) {
    const first = await play(program, seed);
    const second = await play(program, seed);
    expect(second.history).toEqual(first.history);
    expect(second.operations).toBe(first.operations);
  }
});

test('a planted mistake that does not fit the source is an error', async () => {
  const changes = [{ file: 'lib/core/sale/expire.ts', find: 'absent text', replace: '' }];
  await expect(loadProgram(changes)).rejects.toThrow('occurs 0 times');
  const elsewhere = [{ file: 'lib/core/line/advance.ts', find: 'export', replace: '' }];
  await expect(loadProgram(elsewhere)).rejects.toThrow('not part of the simulated program');
});

test.each(mutants.filter(({ isRare }) => !isRare))('the simulator finds: $name', async (mutant) => {
  const { found } = await judge(mutant, everyRun);
  expect(found).toBeDefined();
});
