import { parentPort } from 'node:worker_threads';
import { z } from 'zod';
import { playRange } from './many.ts';

/** Plays ranges of seeds as they are handed over, one at a time, and answers each with its sums. */
const rangeSchema = z.strictObject({ from: z.int().min(1), seeds: z.int().min(1) });

parentPort?.on('message', async (message: unknown) => {
  const { from, seeds } = rangeSchema.parse(message);
  parentPort?.postMessage(await playRange(from, seeds));
});
