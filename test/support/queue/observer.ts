import { once } from 'node:events';
import type { Redis } from 'ioredis';
import type { QueueKeys } from '#contract/queue-keys.ts';
import { monitorRedis } from '../servers/redis-monitor.ts';

/** History of a line inside Redis: every command of every client, including those of scripts. */
export interface LineObserver {
  /** Admission ids in the order in which they were moved inside, once per move. */
  readonly moved: string[];
  /** Admission ids in the order in which they were written to the outbox. */
  readonly outbox: string[];
  /** Users in the order in which they were moved. */
  readonly movedUsers: string[];
  readonly observations: () => number;
  /** Most shoppers inside in any observation, and most above the limit at that time. */
  readonly insideMax: () => number;
  readonly overMax: () => number;
  stop(): Promise<void>;
}

/** Counts the shoppers inside and reads the limit in one step, by the line's clock (lua/queue/admit.lua). */
const look = `local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
local meta = redis.call('HMGET', KEYS[2], 'limit', 'heard', 'heard_from', 'heard_gap')
local line_now = now
if meta[2] then line_now = meta[2] + math.max(0, math.min(now - meta[3], tonumber(meta[4]))) end
return { redis.call('ZCOUNT', KEYS[1], '(' .. line_now, '+inf'), tonumber(meta[1] or -1) }`;

export async function observeLine(looker: Redis, keys: QueueKeys): Promise<LineObserver> {
  const moved: string[] = [];
  const movedUsers: string[] = [];
  const outbox: string[] = [];
  const known = new Set<string>();
  // Commands are not queued: an observation while Redis is unavailable is skipped.
  const own = looker.duplicate({ maxRetriesPerRequest: 0, enableOfflineQueue: false });
  own.on('error', () => undefined);
  await once(own, 'ready');
  const endMonitor = await monitorRedis(own.options, (args) => {
    const [command = '', key = ''] = args;
    if (command.toUpperCase() === 'XADD' && key === keys.outbox)
      outbox.push(...args.slice(3).filter((_, i) => i % 2 === 1));
    if (command.toUpperCase() !== 'HSET' || key !== keys.admitted) return;
    for (let i = 2; i < args.length; i += 2) {
      const id = (args[i + 1] ?? '').slice(1);
      if (known.has(id)) continue;
      known.add(id);
      moved.push(id);
      movedUsers.push(args[i] ?? '');
    }
  });
  let observations = 0;
  let insideMax = 0;
  let overMax = Number.NEGATIVE_INFINITY;
  let isOver = false;
  const looking = (async () => {
    while (!isOver) {
      // While Redis is unavailable each observation fails at once, so the event loop must get a turn.
      await new Promise((resolve) => setImmediate(resolve));
      const reply: unknown = await own.eval(look, 2, keys.active, keys.meta).catch(() => undefined);
      if (!Array.isArray(reply)) continue;
      const [inside, limit] = reply.map(Number);
      observations += 1;
      insideMax = Math.max(insideMax, inside ?? 0);
      if ((limit ?? -1) >= 0) overMax = Math.max(overMax, (inside ?? 0) - (limit ?? 0));
    }
  })();
  return {
    moved,
    outbox,
    movedUsers,
    observations: () => observations,
    insideMax: () => insideMax,
    overMax: () => overMax,
    async stop() {
      isOver = true;
      endMonitor();
      own.disconnect();
      await looking;
    },
  };
}
