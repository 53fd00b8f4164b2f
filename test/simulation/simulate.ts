import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { playMany } from './sale/many.ts';
import { type Judged, judgeAll, mutantSeedsMax } from './sale/mutate.ts';
import { play } from './sale/play.ts';
import { loadProgram } from './sale/program.ts';

/**
 * npm run simulate -- [--seeds N] [--from N] [--threads N] [--seed N] [--mutants]
 *
 * Plays N sales under faults, on one thread per core, and prints operations, faults and violations; exit code 1 if any
 * invariant is violated.
 * --seed plays one sale and prints its history. --mutants plants each known mistake and prints the invariant that finds
 * it.
 */
const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '1000' },
    from: { type: 'string', default: '1' },
    threads: { type: 'string', default: String(availableParallelism()) },
    seed: { type: 'string' },
    mutants: { type: 'boolean', default: false },
  },
});

const wholeNumber = (name: string, text: string): number => {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  console.error(`--${name} takes a whole number from 1, not "${text}"`);
  process.exit(2);
};

if (values.mutants) process.exitCode = (await showMutants(wholeNumber('threads', values.threads))) ? 0 : 1;
else if (values.seed !== undefined) await replay(wholeNumber('seed', values.seed));
else {
  const threads = wholeNumber('threads', values.threads);
  await playAll(wholeNumber('from', values.from), wholeNumber('seeds', values.seeds), threads);
}

async function replay(seed: number): Promise<void> {
  const played = await play(await loadProgram(), seed);
  for (const line of played.history) console.log(line);
  console.log(played.violations.map(({ message }) => `VIOLATION ${message}`).join('\n') || 'no violation');
  process.exitCode = played.violations.length === 0 ? 0 : 1;
}

async function playAll(from: number, seeds: number, threads: number): Promise<void> {
  const startedMs = performance.now();
  const onProgress = (played: number) => {
    if (played % 5000 === 0) console.error(`${played} of ${seeds} seeds`);
  };
  const { operations, sold, refunded, faults, violations, failed } = await playMany({
    from,
    seeds,
    threads,
    onProgress,
  });
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(1);
  for (const { seed, message } of failed.slice(0, 10)) console.log(`seed ${seed}: ${message}`);
  console.log(
    `seeds       ${seeds} from ${from}, ${seconds} s, ${threads} threads on ${availableParallelism()} cores`,
  );
  console.log(`operations  ${operations}; seats sold ${sold}; payments refunded ${refunded}`);
  console.log(
    `faults      ${Object.entries(faults)
      .map(([kind, count]) => `${kind} ${count}`)
      .join(', ')}`,
  );
  console.log(`violations  ${violations}`);
  const [first] = failed;
  if (first !== undefined) {
    console.log(`replay with: npm run simulate -- --seed ${first.seed}`);
    process.exitCode = 1;
  }
}

async function showMutants(threads: number): Promise<boolean> {
  const line = ({ name, files, found }: Judged) =>
    `${name.padEnd(74)} ${[...new Set(files)].join().padEnd(44)} ${
      found === undefined
        ? `SURVIVED ${mutantSeedsMax} seeds`
        : `seed ${String(found.seed).padStart(4)} "${found.invariant}"`
    }`;
  const judged = await judgeAll(mutantSeedsMax, threads, (each) => console.log(line(each)));
  const survivors = judged.filter(({ found }) => found === undefined);
  console.log(`${judged.length - survivors.length} of ${judged.length} planted mistakes found`);
  return survivors.length === 0;
}
