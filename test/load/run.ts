import { writeFile } from 'node:fs/promises';
import { drive } from './drive.ts';
import { parseLoadOptions, usage } from './options.ts';
import { reportOf, textOf } from './report.ts';

/**
 * `npm run load -- --event ID …`: sends visitors to the system on this machine and prints their outcomes. Exit code 0:
 * passed; 1: too many failed, or some never started; 2: usage.
 */
async function main(): Promise<number> {
  if (process.argv.includes('--help')) {
    console.log(usage);
    return 0;
  }
  let options: ReturnType<typeof parseLoadOptions>;
  try {
    options = parseLoadOptions(process.argv.slice(2));
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : error}\n\n${usage}`);
    return 2;
  }
  const report = reportOf(await drive(options), options);
  if (options.reportPath !== undefined) {
    await writeFile(options.reportPath, `${JSON.stringify(report, null, 2)}\n`);
  }
  console.log(textOf(report));
  return report.ok ? 0 : 1;
}

process.exitCode = await main();
