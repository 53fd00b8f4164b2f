import type { Redis } from 'ioredis';
import { queueKeys } from '#contract/queue-keys.ts';
import type { Line } from '#core/line/ports.ts';
import type { Queue, QueueReply, Visit } from '#core/queue/ports.ts';
import { scoreOf } from '#core/queue/score.ts';

/**
 * Joining as in the tuning report (B1, B2): six commands in sequence for a new user, between which other clients may
 * interfere. Only for comparison.
 */
export const sixCalls = (redis: Redis): Pick<Queue, 'poll'> => ({
  poll: (_question, line, visit, give, refuse) => void enter(redis, line, visit).then(give, refuse),
});

async function enter(
  redis: Redis,
  { eventId, generation }: Line,
  { user, pass }: Visit,
): Promise<QueueReply> {
  const keys = queueKeys(eventId, generation);
  const nowMs = Date.now();
  const active = await redis.zscore(keys.active, user);
  if (active !== null) throw new Error('this measurement lets nobody in');
  const queued = await redis.zscore(keys.waiting, user);
  if (queued === null)
    await redis.zadd(keys.waiting, pass === undefined ? nowMs : scoreOf(pass.position), user);
  await redis.zadd(keys.due, nowMs, user);
  const rank = await redis.zrank(keys.waiting, user);
  const waiting = await redis.zcard(keys.waiting);
  return {
    standing: { kind: 'waiting', rank: rank ?? 0 },
    totals: { nowMs, inside: 0, limit: 0, waiting, pace: { moved: 0, windowMs: 0, atMs: 0 } },
  };
}
