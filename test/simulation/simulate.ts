import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { rulesWith, sourceMutants } from './sales/mutate.ts';
import { play } from './sales/play.ts';
import { mutants } from './sales/world.ts';

/**
 * npm run simulate -- [--seeds N] [--from N] [--seed N] [--mutants]
 *
 * Plays N sales under faults and prints operations, faults and violations; exit code 1 if any invariant did not hold.
 * --seed plays one sale and prints its history. --mutants plants each known mistake and shows which invariant finds it.
 */
const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '1000' },
    from: { type: 'string', default: '1' },
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
else await playMany(wholeNumber('from', values.from), wholeNumber('seeds', values.seeds));

async function replay(seed: number): Promise<void> {
  const played = await play(seed);
  for (const line of played.history) console.log(line);
  console.log(played.violations.map(({ message }) => `VIOLATION ${message}`).join('\n') || 'no violation');
  process.exitCode = played.violations.length === 0 ? 0 : 1;
}

async function playMany(from: number, seeds: number): Promise<void> {
  const total = { operations: 0, sold: 0, refunded: 0, violations: 0 };
  const faults: Record<string, number> = {};
  const failed: number[] = [];
  const startedMs = performance.now();
  for (let seed = from; seed < from + seeds; seed++) {
    const played = await play(seed);
    total.operations += played.operations;
    total.sold += played.sold;
    total.refunded += played.refunded;
    total.violations += played.violations.length;
    for (const [kind, count] of Object.entries(played.faults)) faults[kind] = (faults[kind] ?? 0) + count;
    const [first] = played.violations;
    if (first !== undefined && failed.push(seed) <= 10) console.log(`seed ${seed}: ${first.message}`);
    if ((seed - from + 1) % 5000 === 0) console.error(`${seed - from + 1} of ${seeds} seeds`);
  }
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(1);
  console.log(`seeds       ${seeds} from ${from}, ${seconds} s on one of ${availableParallelism()} cores`);
  console.log(
    `operations  ${total.operations}; seats sold ${total.sold}; payments refunded ${total.refunded}`,
  );
  console.log(
    `faults      ${Object.entries(faults)
      .map(([kind, count]) => `${kind} ${count}`)
      .join(', ')}`,
  );
  console.log(`violations  ${total.violations}`);
  const [seed] = failed;
  if (seed !== undefined) {
    console.log(`replay with: npm run simulate -- --seed ${seed}`);
    process.exitCode = 1;
  }
}

async function showMutants(): Promise<boolean> {
  const seedsMax = 3000;
  let allKilled = true;
  const show = async (name: string, playSeed: (seed: number) => ReturnType<typeof play>) => {
    for (let seed = 1; seed <= seedsMax; seed++) {
      const [first] = (await playSeed(seed)).violations;
      if (first === undefined) continue;
      console.log(`${name.padEnd(52)} killed at seed ${String(seed).padStart(4)} by "${first.invariant}"`);
      return;
    }
    allKilled = false;
    console.log(`${name.padEnd(52)} SURVIVED ${seedsMax} seeds`);
  };
  for (const mutant of mutants) await show(mutant, (seed) => play(seed, { mutant }));
  for (const mutant of sourceMutants) {
    const rules = await rulesWith(mutant);
    await show(mutant.name, (seed) => play(seed, { rules }));
  }
  return allKilled;
}
