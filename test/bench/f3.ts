import type { Redis } from 'ioredis';
import { createQueue } from '#adapters/redis/queue.ts';
import { queueKeys } from '#contract/queue-keys.ts';
import type { Queue } from '#core/queue/ports.ts';
import { queuePolicyOf } from '../../functions/admission/policy.ts';
import { startRedis } from '../support/servers/redis.ts';
import { type Figure, type FigureId, figure } from './figure.ts';

export const figures: readonly FigureId[] = ['F3.time', 'F3.growth'];

const batch = 500;
const long = 1_000_000;
const short = 10_000;
const samples = 41;
const policy = queuePolicyOf({
  ADMIT_BATCH: batch,
  TICK_MS: 1_000,
  ACTIVE_SECONDS: 600,
  STAY_SECONDS: 1800,
  CLAIM_SECONDS: 90,
  COLD_SECONDS: 65,
});

/** Admits 500 of a million waiting: time inside Redis by its slow log, compared with 10,000 waiting. */
export async function run(): Promise<readonly Figure[]> {
  const redis = await startRedis();
  try {
    const client = redis.client();
    const queue = createQueue(client, { policy, workerId: 'bench' });
    await client.config('SET', 'slowlog-log-slower-than', '0');
    await client.config('SET', 'slowlog-max-len', '4096');
    await fill(client, 'long', long);
    await fill(client, 'short', short);
    const times = { long: [] as number[], short: [] as number[] };
    // In turns, so that a busy moment of the machine affects both.
    for (let i = 0; i < samples; i += 1) {
      times.long.push(await admit(client, queue, 'long'));
      times.short.push(await admit(client, queue, 'short'));
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
        `admit ${batch} with ${long.toLocaleString('en')} waiting, none of them overdue: median time inside Redis of ${samples} (${spread(times.long)}), by its slow log`,
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

/** Fills a line with random names, all due far in the future. */
async function fill(client: Redis, eventId: string, count: number, from = 0): Promise<void> {
  const keys = queueKeys(eventId, 1);
  const script = `for i = 1, ARGV[1] do
    local user = 'u.' .. redis.sha1hex(ARGV[2] + i)
    redis.call('ZADD', KEYS[1], ARGV[2] + i, user)
    redis.call('ZADD', KEYS[2], 9e15, user)
  end`;
  for (let at = 0; at < count; at += 5_000)
    await client.eval(script, 2, keys.waiting, keys.due, Math.min(5_000, count - at), from + at);
}

const refill = (client: Redis, eventId: string, round: number) =>
  fill(client, eventId, batch, 10_000_000 + round * batch);

/** Returns the time of one tick of a worker, in milliseconds of Redis's time. */
async function admit(client: Redis, queue: Queue, eventId: string): Promise<number> {
  const line = { eventId, generation: 1 };
  const keys = queueKeys(eventId, 1);
  // Before each tick nobody is inside, the line is warm, and no tick has run yet.
  await client.del(keys.active);
  const run = /run_id:(\S+)/.exec(await client.info('server'))?.[1] ?? '';
  await client.hset(keys.meta, { run, marker: 'bench', warm_at: 1, tick_at: 0, moved_at: 0, moved: 0 });
  await client.slowlog('RESET');
  const { admitted } = await queue.tick(line, { value: 90_000, unpausedValue: 90_000, version: 1 });
  if (admitted.length !== batch)
    throw new Error(`a tick admitted ${admitted.length} visitors instead of ${batch}`);
  const log: unknown = await client.slowlog('GET', 10);
  const entry = Array.isArray(log)
    ? log.find((one) => Array.isArray(one) && /^eval(sha)?$/i.test(String(one[3]?.[0])))
    : undefined;
  return Number(entry?.[2]) / 1000;
}

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
