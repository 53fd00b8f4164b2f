import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { Redis } from 'ioredis';
import { afterEach, describe, expect, it } from 'vitest';
import { createLog } from '#local/log.ts';
import { type RedisServer, startRedis } from '#local/servers/redis.ts';
import { allGone } from '../../support/servers/processes.ts';

const ends: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

async function start(choosePort?: () => Promise<number>) {
  const lines: string[] = [];
  const server = await startRedis({
    parameters: {},
    users: [],
    log: createLog((line) => lines.push(line)),
    ...(choosePort && { choosePort }),
  });
  ends.push(() => server.stop());
  const client = new Redis({ port: server.port, host: '127.0.0.1', retryStrategy: () => 50 });
  client.on('error', () => {});
  ends.push(async () => client.disconnect());
  return { server, client, lines };
}

/** Binds a port. The returned function releases it. */
async function occupy(port: number): Promise<{ port: number; leave(): Promise<unknown> }> {
  const holder: Server = createServer((socket) => socket.destroy());
  for (;;) {
    const listening = once(holder, 'listening').then(() => true);
    holder.listen(port, '127.0.0.1');
    // Its former owner may need a moment to end.
    if (await listening.catch(() => false)) break;
  }
  const address = holder.address();
  const leave = async () => {
    if (holder.listening) await once(holder.close(), 'close');
  };
  ends.push(leave);
  return { port: typeof address === 'object' && address !== null ? address.port : 0, leave };
}

const isFresh = async (client: Redis, formerPid: number) => {
  const info = await client.info('server');
  return !info.includes(`process_id:${formerPid}\r`);
};

const killed = async (server: RedisServer) => {
  const { pid } = server;
  process.kill(pid, 'SIGKILL');
  expect(await allGone([pid])).toEqual([]);
  return pid;
};

describe('the Redis of a local run', () => {
  it('uses another port if the chosen one is bound by another process first', async () => {
    const taken = await occupy(0);
    const chosen = [taken.port, (await free()).port];
    const { server, client } = await start(async () => chosen.shift() ?? 0);
    expect(server.port).not.toBe(taken.port);
    expect(await client.ping()).toBe('PONG');
  });

  it('is replaced by an empty one on the same port whenever it is killed, and the log says so', async () => {
    const { server, client, lines } = await start();
    for (let deaths = 1; deaths <= 2; deaths++) {
      await client.set('k', 'v');
      const pid = await killed(server);
      await expect.poll(() => isFresh(client, pid)).toBe(true);
      expect(await client.get('k')).toBeNull();
      expect(lines.filter((line) => line.includes('an empty one starts on the same port'))).toHaveLength(
        deaths,
      );
    }
  });

  it('returns after another process has released its port', async () => {
    const { server, client, lines } = await start();
    const pid = await killed(server);
    const taken = await occupy(server.port);
    await expect.poll(() => lines.some((line) => line.includes('did not start'))).toBe(true);
    await taken.leave();
    await expect.poll(() => isFresh(client, pid)).toBe(true);
  });

  it('is not replaced after a stop, also between its end and a replacement', async () => {
    const { server } = await start();
    await killed(server);
    await server.stop();
    await expect(
      once(new Redis({ port: server.port, host: '127.0.0.1', retryStrategy: () => null }), 'error'),
    ).resolves.toBeDefined();
  });
});

async function free() {
  const found = await occupy(0);
  await found.leave();
  return found;
}
