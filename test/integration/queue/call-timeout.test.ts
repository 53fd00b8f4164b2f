import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest';
import { connectRedis, type RedisClient } from '#adapters/redis/connect.ts';
import { callTimeoutMs, defineScript, type Script } from '#adapters/redis/script.ts';
import { type RedisServer, startRedis } from '../../support/servers/redis.ts';

let server: RedisServer;
let client: RedisClient;
let script: Script;

beforeAll(async () => {
  server = await startRedis();
  client = connectRedis(
    { host: server.host, port: server.port, isCluster: false, isTls: false },
    () => undefined,
  );
  await new Promise((resolve) => client.once('ready', resolve));
  script = defineScript(client, 'one', 0, 'return {1}');
  await script([], []);
});
afterEach(() => vi.useRealTimers());
afterAll(async () => {
  client.disconnect();
  await server.stop();
});

it('a call to a Redis that does not respond ends after a second with UNAVAILABLE', async () => {
  expect(callTimeoutMs).toBe(1_000);
  server.pause();
  try {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const end = vi.fn();
    void script([], []).catch(end);
    await vi.advanceTimersByTimeAsync(999);
    expect(end).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    expect(end).toHaveBeenCalledWith(expect.objectContaining({ code: 'UNAVAILABLE' }));
  } finally {
    server.resume();
  }
});
