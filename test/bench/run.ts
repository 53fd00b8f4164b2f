import { runBenches } from './runner.ts';

/**
 * `npm run bench [-- ID …] [--json]`: measures the figures and prints each with its value, what it must reach and what it
 * was compared with. With --json, standard output is one array of {id, value, unit, reach, ok, detail} and nothing else.
 * Exit code 0: all reached; 1: one was not; 2: usage.
 */
const write = process.stdout.write.bind(process.stdout);
// Whatever a measured part logs goes to stderr, so that the figures stay alone on stdout.
console.log = console.error;
console.info = console.error;

process.exitCode = await runBenches(process.argv.slice(2), import.meta.dirname, {
  out: (text) => write(`${text}\n`),
  err: (text) => process.stderr.write(`${text}\n`),
});
// A bench that leaks a handle must not hang CI; everything is printed by now.
setTimeout(() => process.exit(), 5_000).unref();
