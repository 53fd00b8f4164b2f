import { expect, it } from 'vitest';
import { runContest } from '../support/sale/contest.ts';

/** `node test/simulation/contest.ts --full` does the same with a million holds. */
it('killed processes and a Redis that loses its last writes sell no seat twice, lose none and keep no money without a seat', async () => {
  const report = await runContest({
    holds: 2_000,
    workers: 3,
    buyersPerWorker: 12,
    seats: 24,
    seed: 1,
    lagMs: 100,
    killEveryMs: 1_500,
    failOverEveryMs: 3_000,
    secondsMax: 240,
    // Enough contention and faults for a contest.
    atLeast: { taken: 500, bought: 50, kills: 2, failOvers: 1 },
  });
  console.log(JSON.stringify(report));
  expect(report).toMatchObject({ doubleSales: 0, leaked: 0, moneyWrong: 0, shownWrong: 0 });
  expect(report.sold + report.free).toBe(report.seats);
});
