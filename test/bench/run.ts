import { runBenches } from './runner.ts';

/**
 * `npm run bench [-- ID …] [--json]`: measures the figures and prints each with value, bound and comparison. With
 * --json, standard output is exactly one array of {id, value, unit, reach, ok, detail}. Exit code 0: all reached; 1:
 * one was not; 2: usage.
 */
const write = process.stdout.write.bind(process.stdout);
// Logs of measured parts go to stderr, so that stdout contains only figures.
console.log = console.error;
console.info = console.error;

process.exitCode = await runBenches(process.argv.slice(2), import.meta.dirname, {
  out: (text) => write(`${text}\n`),
  err: (text) => process.stderr.write(`${text}\n`),
});
// A bench that leaks a handle must not hang CI. Everything is printed by then.
setTimeout(() => process.exit(), 5_000).unref();
