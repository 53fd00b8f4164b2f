import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { playMany } from './sales/many.ts';
import { mutantSeedsMax, rulesWith, sourceMutants } from './sales/mutate.ts';
import { play } from './sales/play.ts';
import { mutants } from './sales/world.ts';

/**
 * npm run simulate -- [--seeds N] [--from N] [--threads N] [--seed N] [--mutants]
 *
 * Plays N sales under faults, on as many threads as there are cores, and prints operations, faults and violations; exit
 * code 1 if any invariant did not hold.
 * --seed plays one sale and prints its history. --mutants plants each known mistake and shows which invariant finds it.
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

if (values.mutants) process.exitCode = (await showMutants()) ? 0 : 1;
else if (values.seed !== undefined) await replay(wholeNumber('seed', values.seed));
else {
  const threads = wholeNumber('threads', values.threads);
  await playAll(wholeNumber('from', values.from), wholeNumber('seeds', values.seeds), threads);
}

async function replay(seed: number): Promise<void> {
  const played = await play(seed);
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

async function showMutants(): Promise<boolean> {
  let allKilled = true;
  const show = async (name: string, playSeed: (seed: number) => ReturnType<typeof play>) => {
    for (let seed = 1; seed <= mutantSeedsMax; seed++) {
      const [first] = (await playSeed(seed)).violations;
      if (first === undefined) continue;
      console.log(`${name.padEnd(52)} killed at seed ${String(seed).padStart(4)} by "${first.invariant}"`);
      return;
    }
    allKilled = false;
    console.log(`${name.padEnd(52)} SURVIVED ${mutantSeedsMax} seeds`);
  };
  for (const mutant of mutants) await show(mutant, (seed) => play(seed, { mutant }));
  for (const mutant of sourceMutants) {
    const rules = await rulesWith(mutant);
    await show(mutant.name, (seed) => play(seed, { rules }));
  }
  return allKilled;
}
