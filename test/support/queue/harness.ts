import { randomUUID } from 'node:crypto';
import type { Redis } from 'ioredis';
import { connectRedis, type RedisClient } from '#adapters/redis/connect.ts';
import { createQueue } from '#adapters/redis/queue.ts';
import { type QueueKeys, queueKeys } from '#contract/queue-keys.ts';
import type { Line } from '#core/line/ports.ts';
import type { Queue, QueuePolicy, QueueReply, TickReply, Visit } from '#core/queue/ports.ts';
import type { RedisServer } from '../servers/redis.ts';
import { patienceMs } from '../time/patience-ms.ts';
import { readLuaAt } from './lua-clock.ts';

export const testPolicy: QueuePolicy = {
  activeTtlMs: 600_000,
  stayMaxMs: 1_800_000,
  claimTtlMs: 90_000,
  tickMs: 1_000,
  batchMax: 100,
  pollGraceMs: 10_000,
  forgetMs: 600_000,
  coldWaitMs: 65_000,
  awayMs: 65_000,
  // Most tests let time pass without a tick per second. test/lua/queue/line-clock.test.ts tests the clock.
  tickGapMaxMs: 24 * 60 * 60 * 1000,
  workerLostMs: 5_000,
  workerOutMs: 0,
};

/** One event's queue on a real Redis, at a time that the test sets. */
export interface QueueHarness {
  readonly queue: Queue;
  readonly line: Line;
  readonly keys: QueueKeys;
  /** Returns the same queue as another worker uses it. */
  another(workerId: string, policy?: QueuePolicy): Queue;
  /** A client for checks inside Redis. */
  readonly redis: Redis;
  readonly nowMs: number;
  advance(ms: number): Promise<void>;
  /** Opens a new line with this limit, in which free places count at once. */
  open(limit: number): Promise<void>;
  /** Moves to the next tick and ticks. */
  tick(limit: number): Promise<TickReply>;
  enter(
    user: string,
    seq?: number,
    options?: { requestId?: string; admissionId?: string },
  ): Promise<QueueReply>;
  heartbeat(user: string, admissionId?: string): Promise<QueueReply>;
}

let events = 0;

export async function queueHarness(
  server: RedisServer,
  look: Redis,
  policy: QueuePolicy = testPolicy,
  /** Changes a script's source, for tests that remove a guard. */
  mutate: (name: string, source: string) => string = (_, source) => source,
): Promise<QueueHarness> {
  events += 1;
  const line = { eventId: `event-${events}`, generation: 1 };
  const keys = queueKeys(line.eventId, line.generation);
  const clockKey = `clock:{${line.eventId}}`;
  // One client per harness, because its scripts differ by their clock.
  const client = connectRedis(
    { host: server.host, port: server.port, isCluster: false, isTls: false },
    () => undefined,
  );
  owned.push(client);
  const readAt = readLuaAt(clockKey);
  const queueOf = (workerId: string, itsPolicy = policy) =>
    createQueue(client, {
      policy: itsPolicy,
      workerId,
      readScript: (name) => mutate(name, readAt(name)),
      // The test controls the time, so a busy machine must not count as a slow Redis.
      callTimeoutMs: patienceMs,
    });
  const queue = queueOf('worker');
  let now = 1_763_683_200_000;
  let version = 0;
  await look.set(clockKey, now);
  await isReady(client);
  const self: QueueHarness = {
    queue,
    line,
    keys,
    another: queueOf,
    redis: look,
    get nowMs() {
      return now;
    },
    async advance(ms) {
      now += ms;
      await look.set(clockKey, now);
    },
    async open(limit) {
      const { marker } = await queue.tick(line, { value: limit, unpausedValue: limit, version });
      await queue.tick(line, { value: limit, unpausedValue: limit, version }, marker);
    },
    async tick(limit) {
      version += 1;
      await self.advance(policy.tickMs);
      return queue.tick(line, { value: limit, unpausedValue: limit, version });
    },
    enter: (user, seq, options = {}) => queue.enter(line, visit(user, seq, options)),
    heartbeat: (user, admissionId) =>
      queue.heartbeat(line, { user, ...(admissionId === undefined ? {} : { admissionId }) }),
  };
  return self;
}

const owned: RedisClient[] = [];

/** Closes the harnesses, for afterAll. */
export function closeHarnesses(): void {
  for (const client of owned.splice(0)) client.disconnect();
}

export async function isReady(client: RedisClient): Promise<void> {
  if (client.status === 'ready') return;
  await new Promise((resolve) => client.once('ready', resolve));
}

function visit(
  user: string,
  seq: number | undefined,
  { requestId = randomUUID(), admissionId }: { requestId?: string; admissionId?: string },
): Visit {
  return {
    user,
    ...(seq === undefined ? {} : { pass: { requestId, position: { shard: 0, seq } } }),
    ...(admissionId === undefined ? {} : { admissionId }),
  };
}
