import { Worker } from 'node:worker_threads';
import { play } from './play.ts';
import type { Program } from './program.ts';

/** Results of many sales. */
export interface Sums {
  readonly operations: number;
  readonly sold: number;
  readonly refunded: number;
  readonly violations: number;
  readonly faults: Readonly<Record<string, number>>;
  /** Seeds with a violation, in order, each with its first violation. */
  readonly failed: readonly { readonly seed: number; readonly message: string }[];
}

const nothing: Sums = { operations: 0, sold: 0, refunded: 0, violations: 0, faults: {}, failed: [] };
const addFaults = (a: Sums['faults'], b: Sums['faults']) =>
  Object.fromEntries(Object.keys({ ...a, ...b }).map((kind) => [kind, (a[kind] ?? 0) + (b[kind] ?? 0)]));
const plus = (a: Sums, b: Sums): Sums => ({
  operations: a.operations + b.operations,
  sold: a.sold + b.sold,
  refunded: a.refunded + b.refunded,
  violations: a.violations + b.violations,
  faults: addFaults(a.faults, b.faults),
  failed: [...a.failed, ...b.failed].sort((one, other) => one.seed - other.seed),
});

/** Plays the seeds from `from` on, one after the other. */
export async function playRange(program: Program, from: number, seeds: number): Promise<Sums> {
  let sums = nothing;
  for (let seed = from; seed < from + seeds; seed++) {
    const { operations, sold, refunded, violations, faults } = await play(program, seed);
    const [first] = violations;
    const failed = first === undefined ? [] : [{ seed, message: first.message }];
    sums = plus(sums, { operations, sold, refunded, violations: violations.length, faults, failed });
  }
  return sums;
}

/** Most objects of a sale are short-lived. A large young generation halves the cost of garbage collection. */
export const resourceLimits = { maxYoungGenerationSizeMb: 64 };
/** Seeds per range: half a second of work, so no thread waits long for the last one. */
const rangeSeeds = 50;

/**
 * Plays `seeds` sales on `threads` threads. A sale depends only on its seed, so the sums are the same for any number of
 * threads.
 *
 * @param onProgress number of seeds played so far, after each range
 * @throws the error that ended a thread
 */
export async function playMany(options: {
  readonly from: number;
  readonly seeds: number;
  readonly threads: number;
  readonly onProgress?: (played: number) => void;
}): Promise<Sums> {
  const { from, seeds, threads, onProgress } = options;
  const end = from + seeds;
  let next = from;
  let played = 0;
  let sums = nothing;

  const work = () =>
    new Promise<void>((done, fail) => {
      const worker = new Worker(new URL('./many-worker.ts', import.meta.url), { resourceLimits });
      let given = 0;
      const handOver = () => {
        given = Math.min(rangeSeeds, end - next);
        if (given === 0) {
          done();
          void worker.terminate();
          return;
        }
        worker.postMessage({ from: next, seeds: given });
        next += given;
      };
      worker.once('error', fail);
      // After `done` the rejection has no effect. Before, the thread ended during its work.
      worker.once('exit', (code) => fail(new Error(`a thread of the simulation ended early (${code})`)));
      worker.on('message', (answer: Sums) => {
        sums = plus(sums, answer);
        played += given;
        onProgress?.(played);
        handOver();
      });
      handOver();
    });
  await Promise.all(Array.from({ length: Math.max(1, Math.min(threads, seeds)) }, work));
  return sums;
}
