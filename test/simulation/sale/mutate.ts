import { Worker } from 'node:worker_threads';
import { resourceLimits } from './many.ts';
import { type Mutant, mutants } from './mutants.ts';
import { play } from './play.ts';
import { loadProgram } from './program.ts';

/** Seeds played for a mistake before it counts as not found. */
export const mutantSeedsMax = Number(process.env.URR_SEEDS ?? 5000);

export interface Judged {
  readonly name: string;
  readonly files: readonly string[];
  /** The first seed that finds it, and the violated invariant; undefined: no seed did. */
  readonly found: { readonly seed: number; readonly invariant: string } | undefined;
}

/** @throws Error if the mistake no longer fits the source, or the program does not build */
export async function judge({ name, changes }: Mutant, seedsMax: number): Promise<Judged> {
  const program = await loadProgram(changes);
  const files = changes.map(({ file }) => file);
  for (let seed = 1; seed <= seedsMax; seed++) {
    const [first] = (await play(program, seed)).violations;
    if (first !== undefined) return { name, files, found: { seed, invariant: first.invariant } };
  }
  return { name, files, found: undefined };
}

/**
 * Judges all mutants on `threads` threads.
 *
 * @param onJudged called in the order in which they finish
 * @throws the error that ended a thread
 */
export async function judgeAll(
  seedsMax: number,
  threads: number,
  onJudged: (judged: Judged) => void,
): Promise<readonly Judged[]> {
  const all: Judged[] = [];
  const waiting = mutants.keys();
  const work = () =>
    new Promise<void>((done, fail) => {
      const worker = new Worker(new URL('./mutate-worker.ts', import.meta.url), { resourceLimits });
      const handOver = () => {
        const { value: index } = waiting.next();
        if (index !== undefined) return worker.postMessage({ index, seedsMax });
        done();
        void worker.terminate();
      };
      worker.once('error', fail);
      worker.once('exit', (code) => fail(new Error(`a thread of the simulation ended early (${code})`)));
      worker.on('message', (judged: Judged) => {
        all.push(judged);
        onJudged(judged);
        handOver();
      });
      handOver();
    });
  await Promise.all(Array.from({ length: threads }, work));
  const orderOf = ({ name }: Judged) => mutants.findIndex((mutant) => mutant.name === name);
  return all.sort((a, b) => orderOf(a) - orderOf(b));
}
