import { spawn } from 'node:child_process';
import { mkdir, readFile, rm } from 'node:fs/promises';
import { resolve } from 'node:path';
import { z } from 'zod';
import { ensureTools } from '#local/prerequisites.ts';
import { synthesize } from '#local/synthesize.ts';
import { planStages, type Tally, tallyOf } from './support/rules/stages.ts';

/**
 * `npm test [-- KIND … | --except KIND] [vitest options]`: installs what is missing, runs the kinds of test from fast to
 * slow, stops after the first stage that fails, and ends with one line: `N passed, N failed`.
 */
const root = resolve(import.meta.dirname, '..');
const reports = resolve(root, '.urr/test');
const startsSystems: readonly string[] = ['integration', 'contest', 'e2e'];

async function main(): Promise<number> {
  const plan = planStages(process.argv.slice(2));
  if ('problem' in plan) {
    console.error(plan.problem);
    return 2;
  }
  await ensureTools(['redis', 'chromium']);
  await rm(reports, { recursive: true, force: true });
  await mkdir(reports, { recursive: true });

  // Kept below .urr. Otherwise each file that starts the system would synthesize again, several at once.
  if (plan.stages.flat().some((kind) => startsSystems.includes(kind)))
    await synthesize('dev', (step) => console.log(step));

  let total: Tally = { passed: 0, failed: 0 };
  for (const [index, stage] of plan.stages.entries()) {
    console.log(`\n== ${stage.join(', ')}`);
    const report = resolve(reports, `${index}.json`);
    const exitCode = await runVitest(stage, report, plan.vitestArguments);
    const tally = tallyOf(await readReport(report), exitCode);
    total = { passed: total.passed + tally.passed, failed: total.failed + tally.failed };
    if (tally.failed > 0) {
      const notRun = plan.stages.slice(index + 1).flat();
      if (notRun.length > 0) console.log(`not run, because an earlier kind failed: ${notRun.join(', ')}`);
      break;
    }
  }
  console.log(`\n${total.passed} passed, ${total.failed} failed`);
  // A run without tests proves nothing.
  return total.failed === 0 && total.passed > 0 ? 0 : 1;
}

function runVitest(kinds: readonly string[], report: string, extra: readonly string[]): Promise<number> {
  const projects = kinds.flatMap((kind) => ['--project', kind]);
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  const vitest = resolve(root, 'node_modules/vitest/vitest.mjs');
  const child = spawn(
    process.execPath,
    [vitest, 'run', ...projects, ...reporters, '--passWithNoTests', ...extra],
    { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] },
  );
  const forward = (signal: NodeJS.Signals) => child.kill(signal);
  process.once('SIGINT', forward).once('SIGTERM', forward);
  return new Promise((done, fail) => {
    child.once('error', fail);
    child.once('close', (code) => {
      process.off('SIGINT', forward).off('SIGTERM', forward);
      done(code ?? 1);
    });
  });
}

const reportSchema = z.object({ numPassedTests: z.int(), numFailedTests: z.int() });

/** undefined: vitest ended before it could write its report. */
async function readReport(path: string): Promise<z.infer<typeof reportSchema> | undefined> {
  const text = await readFile(path, 'utf8').catch(() => undefined);
  return text === undefined ? undefined : reportSchema.parse(JSON.parse(text));
}

try {
  process.exitCode = await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
