/**
 * Kinds of test (a project of vitest.config.ts, a row of CONTRIBUTING.md), from fast to slow. Kinds of one stage share
 * the machine. contest runs alone, one file at a time; e2e runs two files at once.
 */
export const stages = [
  ['unit'],
  ['infra', 'lua', 'simulation', 'integration'],
  ['contest'],
  ['e2e'],
] as const;
export const kinds: readonly string[] = stages.flat();

export type Plan =
  | { readonly stages: readonly (readonly string[])[]; readonly vitestArguments: readonly string[] }
  | { readonly problem: string };

/**
 * Parses the words after `npm test --`: kinds first, or `--except KIND` any number of times. The rest goes to vitest.
 */
export function planStages(words: readonly string[]): Plan {
  const chosen = new Set<string>();
  const except = new Set<string>();
  const vitestArguments: string[] = [];
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? '';
    if (word === '--except') {
      const kind = words[++at] ?? '';
      if (!kinds.includes(kind)) return { problem: unknownKind('--except', kind) };
      except.add(kind);
    } else if (kinds.includes(word)) chosen.add(word);
    else if (word.startsWith('-') || word.includes('/') || vitestArguments.length > 0)
      vitestArguments.push(word);
    else return { problem: unknownKind('npm test --', word) };
  }
  const isWanted = (kind: string) => (chosen.size === 0 || chosen.has(kind)) && !except.has(kind);
  const wanted = stages.map((stage) => stage.filter(isWanted)).filter((stage) => stage.length > 0);
  return wanted.length === 0
    ? { problem: 'no kind of test is left to run' }
    : { stages: wanted, vitestArguments };
}

const unknownKind = (before: string, word: string) =>
  `${before} "${word}": not a kind of test. Known: ${kinds.join(', ')}; a path of a test file works too`;

export interface Tally {
  readonly passed: number;
  readonly failed: number;
}

/**
 * A stage that fails without a failing test (a file that does not load, a leaked error, a crash) counts as one failure.
 */
export function tallyOf(
  report: { readonly numPassedTests: number; readonly numFailedTests: number } | undefined,
  exitCode: number,
): Tally {
  const failed = report?.numFailedTests ?? 0;
  return { passed: report?.numPassedTests ?? 0, failed: exitCode === 0 ? failed : Math.max(failed, 1) };
}
