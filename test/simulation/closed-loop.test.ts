import type { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { closeHarnesses } from '../support/queue/harness.ts';
import { type RedisServer, startRedis } from '../support/servers/redis.ts';
import { quantile, type SalePlan, type SaleSeen, simulateSale } from './closed-loop.ts';

let server: RedisServer;
let look: Redis;
beforeAll(async () => {
  server = await startRedis();
  look = server.client();
});
afterAll(async () => {
  closeHarnesses();
  await server.stop();
});

const sale: SalePlan = {
  seed: 20_260_704,
  visitors: 10_000,
  threshold: 800,
  noShowShare: 0.3,
  shoppingMeanSeconds: 120,
  ratePerMinute: 1_200,
  claimWindowSeconds: 300,
  loop: 'closed',
  secondsMax: 6_000,
};

const text = (name: string, seen: SaleSeen) =>
  `${name}: ${seen.called} called, ${seen.served} served in ${seen.seconds} s; wait in tier 2 p50 ${quantile(seen.waits, 0.5)} s, p95 ${quantile(seen.waits, 0.95)} s, most ${seen.waits.at(-1)} s; ${(seen.usedShare * 100).toFixed(1)}% of the limit used, at most ${seen.insideMax} inside, at most ${seen.queuedMax} in tier 2's line`;

describe('an on-sale of 10,000 with random shopping times and 30% no-shows', () => {
  it('a closed loop uses the limit and shortens the second wait, compared with an open loop (C6.1)', async () => {
    const closed = await simulateSale(server, look, sale);
    const open = await simulateSale(server, look, { ...sale, loop: 'open', secondsMax: closed.seconds });
    console.log(`${text('closed loop', closed)}\n${text('open loop, 200 per 10 s', open)}`);
    expect(quantile(closed.waits, 0.95)).toBeLessThan(30);
    expect(closed.usedShare).toBeGreaterThanOrEqual(0.95);
    expect(closed.insideMax).toBeLessThanOrEqual(sale.threshold);
    expect(quantile(open.waits, 0.95)).toBeGreaterThan(quantile(closed.waits, 0.95) * 3);
  });
});
