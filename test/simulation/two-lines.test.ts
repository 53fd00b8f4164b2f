import type { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { closeHarnesses } from '../support/queue/harness.ts';
import { type RedisServer, startRedis } from '../support/servers/redis.ts';
import { quantile } from './closed-loop.ts';
import { bounds, flows } from './flows.ts';
import { type FlowPlan, type FlowSeen, simulateFlow } from './two-lines.ts';

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

/** A small sale's figures vary by a few seconds between seeds, a large one's hardly. */
const seedsOf = ({ limit }: FlowPlan) => (limit > 10 ? 1 : 2);

async function play(plan: FlowPlan) {
  const seen: FlowSeen[] = [];
  for (let run = 0; run < seedsOf(plan); run += 1)
    seen.push(await simulateFlow(server, look, { ...plan, seed: plan.seed + run }));
  const mean = (of: (one: FlowSeen) => number) => seen.reduce((sum, one) => sum + of(one), 0) / seen.length;
  return {
    secondWait: mean(({ waits }) => quantile(waits, 0.95)),
    used: mean(({ used }) => used),
    coverage: mean(({ coverage }) => coverage),
    inRange: mean(({ inRange }) => inRange),
    width: mean(({ widths }) => quantile(widths, 0.5)),
    jumps: seen.reduce((sum, { jumps }) => sum + jumps, 0),
    above: Math.max(...seen.map(({ insideMax }) => insideMax - plan.limit)),
  };
}

describe('a sale through both lines', () => {
  it.each(flows.map((plan) => [plan.name, plan] as const))('%s', async (_, plan) => {
    const seen = await play(plan);
    const bound = bounds(plan);
    expect(seen.above).toBeLessThanOrEqual(0);
    expect(seen.secondWait).toBeLessThan(bound.secondWait);
    expect(seen.used).toBeGreaterThanOrEqual(bound.used);
    expect(seen.coverage).toBeGreaterThanOrEqual(0.95);
    expect(seen.inRange).toBeGreaterThanOrEqual(bound.inRange);
    expect(seen.width).toBeLessThanOrEqual(bound.width);
    expect(seen.jumps).toBe(0);
  });
});
