import type { Redis } from 'ioredis';
import { readLua } from '#adapters/redis/script.ts';
import { queueKeys } from '#contract/redis-keys.ts';
import { startRedis } from '../support/redis.ts';
import { type Figure, type FigureId, figure } from './figure.ts';

export const figures: readonly FigureId[] = ['F3.time', 'F3.growth'];

const batch = 500;
const long = 1_000_000;
const short = 10_000;
const samples = 41;
const keyNames = ['waiting', 'parked', 'seen', 'active', 'admitted', 'meta', 'pace', 'outbox'] as const;

/** Admitting 500 with a million waiting: time inside Redis, by its own slow log; and against 10,000 waiting. */
export async function run(): Promise<readonly Figure[]> {
  const redis = await startRedis();
  try {
    const client = redis.client();
    await client.config('SET', 'slowlog-log-slower-than', '0');
    await client.config('SET', 'slowlog-max-len', '4096');
    await fill(client, 'long', long);
    await fill(client, 'short', short);
    const times = { long: [] as number[], short: [] as number[] };
    // In turns, so that a busy moment of the machine meets both.
    for (let i = 0; i < samples; i += 1) {
      times.long.push(await admit(client, 'long', i));
      times.short.push(await admit(client, 'short', i));
      await refill(client, 'short', i);
    }
    const [longMs, shortMs] = [median(times.long), median(times.short)];
    const spread = (values: readonly number[]) =>
      `${Math.min(...values).toFixed(2)} to ${Math.max(...values).toFixed(2)} ms`;
    return [
      figure(
        'F3.time',
        longMs,
        'ms',
        { atMost: 5 },
        `admit ${batch} with ${long.toLocaleString('en')} waiting, all of them living: median time inside Redis of ${samples} (${spread(times.long)}), by its slow log`,
      ),
      figure(
        'F3.growth',
        longMs / shortMs,
        'x',
        { atMost: 1.5 },
        `the same against ${short.toLocaleString('en')} waiting: median ${shortMs.toFixed(2)} ms (${spread(times.short)}), measured in turns`,
      ),
    ];
  } finally {
    await redis.stop();
  }
}

/** A line of so many, random names, all due far in the future. */
async function fill(client: Redis, eventId: string, count: number, from = 0): Promise<void> {
  const keys = queueKeys(eventId, 1);
  const script = `for i = 1, ARGV[1] do
    local user = 'u.' .. redis.sha1hex(ARGV[2] + i)
    redis.call('ZADD', KEYS[1], ARGV[2] + i, user)
    redis.call('ZADD', KEYS[2], 9e15, user)
  end`;
  for (let at = 0; at < count; at += 5_000)
    await client.eval(script, 2, keys.waiting, keys.seen, Math.min(5_000, count - at), from + at);
}

const refill = (client: Redis, eventId: string, round: number) =>
  fill(client, eventId, batch, 10_000_000 + round * batch);

/** One tick, in milliseconds of Redis's time. */
async function admit(client: Redis, eventId: string, round: number): Promise<number> {
  const keys = queueKeys(eventId, 1);
  const names = keyNames.map((name) => keys[name]);
  // Each tick finds the house empty, the line warm, and the tick unspent.
  await client.del(keys.active);
  const run = /run_id:(\S+)/.exec(await client.info('server'))?.[1] ?? '';
  await client.hset(keys.meta, { run, marker: 'bench', warm_at: 1, tick: 0, moved_tick: 0, moved: 0 });
  await client.slowlog('RESET');
  const reply: unknown = await client.eval(
    readLua('admit'),
    names.length,
    ...names,
    1_000,
    batch,
    90_000,
    10_000,
    round + 1,
    65_000,
    `bench${String(round).padStart(8, '0')}`,
    '',
  );
  if (!Array.isArray(reply) || reply[5] !== batch)
    throw new Error(`${batch} were to be admitted, not ${String(reply)}`);
  const log: unknown = await client.slowlog('GET', 10);
  const entry = Array.isArray(log)
    ? log.find((one) => Array.isArray(one) && String(one[3]?.[0]).toLowerCase() === 'eval')
    : undefined;
  return Number(entry?.[2]) / 1000;
}

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
