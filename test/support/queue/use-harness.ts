import type { Redis } from 'ioredis';
import { afterAll, beforeAll } from 'vitest';
import { type RedisServer, startRedis } from '../servers/redis.ts';
import { closeHarnesses, type QueueHarness, queueHarness, testPolicy } from './harness.ts';

/** Starts a Redis server for the tests of a file. Returns a function that makes a queue of its own on it. */
export function useHarness(): (policy?: typeof testPolicy) => Promise<QueueHarness> {
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
  return (policy = testPolicy) => queueHarness(server, look, policy);
}
