import { parentPort } from 'node:worker_threads';
import { z } from 'zod';
import { playRange } from './many.ts';
import { loadProgram } from './program.ts';

/** Plays ranges of seeds, one at a time, and returns the sums of each. */
const rangeSchema = z.strictObject({ from: z.int().min(1), seeds: z.int().min(1) });

const program = await loadProgram();

parentPort?.on('message', async (message: unknown) => {
  const { from, seeds } = rangeSchema.parse(message);
  parentPort?.postMessage(await playRange(program, from, seeds));
});
