import { parentPort } from 'node:worker_threads';
import { z } from 'zod';
import { mutants } from './mutants.ts';
import { judge } from './mutate.ts';

/** Judges one mutant at a time. */
const taskSchema = z.strictObject({ index: z.int().min(0), seedsMax: z.int().min(1) });

parentPort?.on('message', async (message: unknown) => {
  const { index, seedsMax } = taskSchema.parse(message);
  const mutant = mutants[index];
  if (mutant === undefined) throw new Error(`there is no mutant ${index}`);
  parentPort?.postMessage(await judge(mutant, seedsMax));
});
