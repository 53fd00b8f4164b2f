import { expect, it } from 'vitest';
import { runContest } from '../support/sale/contest.ts';

/** `node test/simulation/contest.ts --full` does the same with a million holds. */
it('processes that are killed, and a Redis that loses its tail: no seat twice, none lost, no money kept for nothing', async () => {
  const report = await runContest({
    holds: 6_000,
    workers: 3,
    buyersPerWorker: 12,
    seats: 24,
    seed: 1,
    lagMs: 100,
    killEveryMs: 1_500,
    failOverEveryMs: 3_000,
    secondsMax: 240,
  });
  console.log(JSON.stringify(report));
  expect(report).toMatchObject({ doubleSales: 0, leaked: 0, moneyWrong: 0, shownWrong: 0 });
  expect(report.sold + report.free).toBe(report.seats);
  // It was a contest, and there was trouble.
  expect(report.taken).toBeGreaterThan(500);
  expect(report.bought).toBeGreaterThan(50);
  expect(report.kills).toBeGreaterThanOrEqual(2);
  expect(report.failOvers).toBeGreaterThanOrEqual(1);
});
