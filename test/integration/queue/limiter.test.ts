import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSalesLimiter } from '#adapters/redis/booking-limiter.ts';
import { connectRedis, type RedisClient } from '#adapters/redis/connect.ts';
import { createQueueLimiter, KeyLimiter } from '#adapters/redis/route-limiter.ts';
import { clientAddress } from '#core/access/client-address.ts';
import { isReady } from '../../support/queue/harness.ts';
import { type RedisServer, startRedis } from '../../support/servers/redis.ts';
import { eventually } from '../../support/time/patience.ts';

let redis: RedisServer;
const clients: RedisClient[] = [];
beforeAll(async () => {
  redis = await startRedis();
});
afterAll(async () => {
  for (const client of clients) client.disconnect();
  await redis.stop();
});

async function limiter(perMinute: number, keyPrefix: string): Promise<KeyLimiter> {
  const client = connectRedis(
    { host: redis.host, port: redis.port, isCluster: false, isTls: false },
    () => undefined,
  );
  clients.push(client);
  await isReady(client);
  return new KeyLimiter(client, { perMinute, keyPrefix, nowMs: Date.now });
}

/** Sends requests one after the other, with time for the reports. Returns the number of allowed ones. */
async function ask(
  limiters: readonly KeyLimiter[],
  key: (n: number) => string,
  times: number,
): Promise<number> {
  let through = 0;
  for (let n = 0; n < times; n += 1) {
    if (limiters[n % limiters.length]?.take(key(n)) === 0) through += 1;
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  return through;
}

describe('500 people behind one address', () => {
  const people = Array.from({ length: 500 }, (_, n) => `u.person-${n}`);
  const address = '203.0.113.9';
  const client = async () => {
    const one = connectRedis(
      { host: redis.host, port: redis.port, isCluster: false, isTls: false },
      () => undefined,
    );
    clients.push(one);
    await isReady(one);
    return one;
  };

  it('all poll at the front for a minute, read the map, book and pay', async () => {
    const atMs = Date.now();
    const queue = createQueueLimiter(await client(), () => atMs);
    const sale = createSalesLimiter(await client(), () => atMs);
    let refused = 0;
    for (let second = 0; second < 60; second += 1) {
      for (const person of people) if (queue.take(person, address) > 0) refused += 1;
      for (const person of people) if ((await sale.take('reading', person, address)) > 0) refused += 1;
    }
    for (let step = 0; step < 5; step += 1) {
      const each = people.flatMap((person) => [
        sale.take('booking', person, address),
        sale.take('payment', person, address),
      ]);
      refused += (await Promise.all(each)).filter((waitSeconds) => waitSeconds > 0).length;
    }
    expect(refused).toBe(0);
  });

  it('are not affected by one of them that reads without end', async () => {
    const sale = createSalesLimiter(await client(), Date.now);
    const flood = async () => {
      let last = 0;
      for (let n = 0; n < 50; n += 1) last = await sale.take('reading', 'u.greedy', '203.0.113.10');
      return last;
    };
    await eventually(async () => expect(await flood()).toBeGreaterThan(0), 1);
    for (const person of people.slice(0, 50))
      for (const routeClass of ['reading', 'booking', 'payment'] as const)
        expect(await sale.take(routeClass, person, '203.0.113.10')).toBe(0);
    expect(await sale.take('booking', 'u.greedy', '203.0.113.10')).toBe(0);
    expect(sale.takeWebhook('203.0.113.10')).toBe(0);
  });
});

describe('the rate limit', () => {
  it("counts an account over all workers, within each worker's local count", async () => {
    const workers = await Promise.all([1, 2, 3].map(() => limiter(60, 'accounts')));
    const through = await ask(workers, () => 'u.busy', 300);
    expect(through).toBeGreaterThanOrEqual(60);
    expect(through).toBeLessThanOrEqual(60 + 3 * 2 * 10);
    expect(workers[0]?.take('u.calm')).toBe(0);
  });

  it('a forged X-Forwarded-For never passes it in a hundred requests (E3)', async () => {
    const workers = [await limiter(50, 'addresses')];
    const address = (n: number) => clientAddress(`203.0.113.${n}, 198.51.100.7, 10.0.0.9`, '10.0.0.1', 2);
    expect(await ask(workers, address, 160)).toBeLessThanOrEqual(50 + 2 * 9);
    expect(await ask(workers, address, 100)).toBe(0);
  });

  it('allows twice the limit while Redis is unavailable, and does not wait for it (C5)', async () => {
    const one = await limiter(40, 'outage');
    redis.pause();
    // A number instead of a promise, so nothing is awaited.
    for (let n = 0; n < 20; n += 1) expect(one.take('u.a')).toBeTypeOf('number');
    redis.resume();
    const two = await limiter(40, 'gone');
    await redis.kill();
    await eventually(() => expect(clients.at(-1)?.status).not.toBe('ready'));
    const through = await ask([two], () => 'u.b', 200);
    expect(through).toBeGreaterThanOrEqual(80);
    expect(through).toBeLessThanOrEqual(80 + 2 * 7);
    await redis.restart();
  });
});
