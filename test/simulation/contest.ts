import { parseArgs } from 'node:util';
import { runContest } from '../support/sale/contest.ts';

/**
 * node test/simulation/contest.ts [--full] [--holds N] [--workers N] [--seats N] [--seed N] [--seconds N]
 *
 * Real worker processes contend for the same seats on a real Redis pair whose replica lags, while processes are killed
 * and Redis fails over. Prints the calls, and the violations after all work has ended; exit code 1 if there are any.
 * --full: a million contested holds.
 */
const { values } = parseArgs({
  options: {
    full: { type: 'boolean', default: false },
    holds: { type: 'string' },
    workers: { type: 'string', default: '4' },
    seats: { type: 'string', default: '40' },
    seed: { type: 'string', default: '1' },
    seconds: { type: 'string', default: '3600' },
  },
});

const report = await runContest({
  holds: Number(values.holds ?? (values.full ? 1_000_000 : 20_000)),
  workers: Number(values.workers),
  buyersPerWorker: 32,
  seats: Number(values.seats),
  seed: Number(values.seed),
  lagMs: 100,
  killEveryMs: 3_000,
  failOverEveryMs: 20_000,
  secondsMax: Number(values.seconds),
  atLeast: { taken: 0, bought: 0, kills: 0, failOvers: 0 },
  onProgress: (line) => console.error(line),
});
for (const [name, value] of Object.entries(report)) console.log(`${name.padEnd(12)} ${value}`);
const wrong = report.doubleSales + report.leaked + report.moneyWrong + report.shownWrong;
process.exitCode = wrong === 0 && report.sold + report.free === report.seats ? 0 : 1;
