import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { connectRedis, type RedisClient } from '#adapters/redis/connect.ts';
import { repositoryRoot } from '#infra/bundle.ts';
import { redisAccess } from '#infra/constructs/redis.ts';
import { type RedisServer, startRedis } from '../../support/servers/redis.ts';

const password = 'a-password-of-this-test';
let server: RedisServer;
let worker: RedisClient;

beforeAll(async () => {
  server = await startRedis();
  await server.client().call('ACL', 'SETUSER', 'worker', ...redisAccess.split(' '), `>${password}`);
  worker = connectRedis(
    { host: server.host, port: server.port, isCluster: false, isTls: false, username: 'worker', password },
    () => undefined,
  );
  await new Promise((resolve) => worker.once('ready', resolve));
});
afterAll(async () => {
  worker.disconnect();
  await server.stop();
});

/** Commands in the scripts of lua/. */
const used = new Set(
  readdirSync(`${repositoryRoot}lua`, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.lua'))
    .map((file) => readFileSync(`${repositoryRoot}lua/${file}`, 'utf8'))
    .flatMap((text) => [...text.matchAll(/redis\.p?call\(\s*'([A-Za-z]+)'/g)].map(([, name = '']) => name)),
);

describe('the access string of the workers, on a real server', () => {
  it('allows every command of the scripts', async () => {
    expect(used.size).toBeGreaterThan(10);
    const refused: string[] = [];
    for (const name of used) {
      const answer = await server
        .client()
        .call('ACL', 'DRYRUN', 'worker', name, ...(await exampleArguments(name)))
        .catch((error: unknown) => String(error));
      if (answer !== 'OK') refused.push(`${name}: ${String(answer)}`);
    }
    expect(refused).toEqual([]);
  });

  it('allows scripts, and INFO with the run id', async () => {
    expect(await worker.eval("return redis.call('SET', KEYS[1], 'x')", 1, 'urr:{a}:g1:meta')).toBe('OK');
    expect(await worker.info('server')).toContain('run_id');
  });

  it.each([
    ['KEYS', ['*']],
    ['SCAN', ['0']],
    ['FLUSHALL', []],
    ['FLUSHDB', []],
    ['CONFIG', ['GET', '*']],
    ['MONITOR', []],
    ['SHUTDOWN', []],
    ['ACL', ['LIST']],
  ])('%s is refused by Redis itself (A1, D5)', async (command, args) => {
    await expect(worker.call(command, ...args)).rejects.toThrow(/NOPERM/);
    expect(
      await worker
        .eval(`return redis.pcall('${command}'${args.map((one) => `,'${one}'`).join('')})`, 0)
        .catch((error: unknown) => String(error)),
    ).toMatch(/can't run this command|not allowed|permission/i);
  });

  it('allows no other keys than URR’s', async () => {
    await expect(worker.get('other')).rejects.toThrow(/NOPERM/);
    await expect(worker.set('other', '1')).rejects.toThrow(/NOPERM/);
  });
});

/** Reply of COMMAND INFO: name, arity and unused fields of each command. */
const commandInfo = z.tuple([z.tuple([z.string(), z.int()]).rest(z.unknown())]);

/** Returns as many arguments as the command needs at least, each a key of URR. */
async function exampleArguments(name: string): Promise<string[]> {
  const [[, arity]] = commandInfo.parse(await server.client().call('COMMAND', 'INFO', name));
  return Array.from({ length: Math.abs(arity) - 1 }, () => 'urr:{a}:g1:waiting');
}
