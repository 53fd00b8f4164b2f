import { spawn } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { type Guard, guards } from './guards.ts';

/**
 * `npm run guards [-- ID …]`: shows that a test fails without each guard. It removes one guard at a time in a copy of
 * the project; the guard's test must pass before and fail after. Exit code 0: all do; 1: one does not; 2: unknown id.
 */
const root = resolve(import.meta.dirname, '../..');
const parts = [
  'bin',
  'edge',
  'functions',
  'lib',
  'lua',
  'test',
  'web',
  'cdk.json',
  'package.json',
  'tsconfig.json',
  'vitest.config.ts',
];

const reportSchema = z.object({
  testResults: z.array(
    z.object({ assertionResults: z.array(z.object({ fullName: z.string(), status: z.string() })) }),
  ),
});

async function main(ids: readonly string[]): Promise<number> {
  const chosen = guards.filter(({ id }) => ids.length === 0 || ids.includes(id));
  const unknown = ids.filter((id) => !guards.some((guard) => guard.id === id));
  if (unknown.length > 0) {
    console.error(`no such guard: ${unknown.join(', ')}; there are ${guards.map(({ id }) => id).join(', ')}`);
    return 2;
  }
  const copy = await mkdtemp(join(tmpdir(), 'urr-guards-'));
  try {
    for (const part of parts) await cp(join(root, part), join(copy, part), { recursive: true });
    await symlink(join(root, 'node_modules'), join(copy, 'node_modules'));
    await mkdir(join(copy, '.urr'));
    let unguarded = 0;
    for (const guard of chosen) {
      const problem = await judge(copy, guard);
      if (problem !== undefined) unguarded += 1;
      console.log(`${problem === undefined ? 'ok  ' : 'FAIL'} ${guard.id} ${guard.what}${problem ?? ''}`);
    }
    console.log(`${chosen.length - unguarded} guarded, ${unguarded} not`);
    return unguarded === 0 ? 0 : 1;
  } finally {
    await rm(copy, { recursive: true, force: true });
  }
}

/** Returns the problem of a guard; undefined: there is none. */
async function judge(copy: string, guard: Guard): Promise<string | undefined> {
  const [before] = await statuses(copy, guard);
  if (before !== 'passed') return `: its test does not pass as it is (${before ?? 'not found'})`;
  const originals = new Map<string, string>();
  try {
    for (const { file, from, to } of guard.places) {
      const path = join(copy, file);
      const source = await readFile(path, 'utf8');
      if (!originals.has(path)) originals.set(path, source);
      if (source.split(from).length !== 2) return `: "${from}" does not occur in ${file} exactly once`;
      await writeFile(
        path,
        source.replace(from, () => to),
      );
    }
    const [without] = await statuses(copy, guard);
    return without === 'failed' ? undefined : `: without it ${guard.testFile} is ${without ?? 'not run'}`;
  } finally {
    for (const [path, source] of originals) await writeFile(path, source);
  }
}

/** Returns the outcomes of the guard's test. */
async function statuses(copy: string, { project, testFile, test }: Guard): Promise<string[]> {
  const report = join(copy, '.urr/report.json');
  await rm(report, { force: true });
  const vitest = join(root, 'node_modules/vitest/vitest.mjs');
  const pattern = test.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
  const child = spawn(
    process.execPath,
    [
      vitest,
      'run',
      '--project',
      project,
      testFile,
      '-t',
      pattern,
      '--reporter=json',
      `--outputFile.json=${report}`,
    ],
    { cwd: copy, stdio: 'ignore' },
  );
  await new Promise((done) => child.once('exit', done));
  const { testResults } = reportSchema.parse(JSON.parse(await readFile(report, 'utf8')));
  return testResults
    .flatMap(({ assertionResults }) => assertionResults)
    .filter(({ fullName }) => fullName.includes(test))
    .map(({ status }) => status);
}

process.exitCode = await main(process.argv.slice(2));
