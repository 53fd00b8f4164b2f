import { DeleteCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createEventStore } from '#adapters/dynamodb/events/store.ts';
import { createCapacityStore } from '#adapters/dynamodb/line/capacity.ts';
import { createCounterStore } from '#adapters/dynamodb/line/counters.ts';
import { connectRedis, type RedisClient } from '#adapters/redis/connect.ts';
import { createQueue } from '#adapters/redis/queue.ts';
import { queueKeys } from '#contract/queue-keys.ts';
import { tableName } from '#contract/tables.ts';
import { UrrError } from '#core/errors.ts';
import type { EventStore } from '#core/events/ports.ts';
import { queueLimit } from '#core/queue/limit.ts';
import { Ticker } from '../../../functions/admission/tick.ts';
import { LiveEvents } from '../../../functions/worker-runtime/live-events.ts';
import { countingTelemetry, testEvent } from '../../support/line/vwr-api.ts';
import { testPolicy } from '../../support/queue/harness.ts';
import { startDynamodb, type TestDynamodb } from '../../support/servers/dynamodb.ts';
import { type RedisServer, startRedis } from '../../support/servers/redis.ts';
import { patienceMs } from '../../support/time/patience-ms.ts';

const minutes = 60_000;
let dynamodb: TestDynamodb;
let redis: RedisServer;
let client: RedisClient;
let looker: Redis;
let table: string;
let events = 0;
beforeAll(async () => {
  [dynamodb, redis] = await Promise.all([startDynamodb(), startRedis()]);
  await dynamodb.createTables('switches');
  table = tableName('switches', 'events');
  client = connectRedis(
    { host: redis.host, port: redis.port, isCluster: false, isTls: false },
    () => undefined,
  );
  looker = redis.client();
});
afterAll(async () => {
  client.disconnect();
  await Promise.all([redis.stop(), dynamodb.stop()]);
});

/** The store of a machine with a clock error. */
const storeAt = (offsetMs: number) =>
  createEventStore(dynamodb.documents, table, () => Date.now() + offsetMs);

/** An admission worker's events and ticks, on a machine with a clock error. */
function worker(offsetMs: number, store: EventStore = storeAt(offsetMs)) {
  const nowMs = () => Date.now() + offsetMs;
  let isCutOff = false;
  const cut: EventStore = {
    ...store,
    get: (...asked) => (isCutOff ? Promise.reject(away()) : store.get(...asked)),
    listLive: () => (isCutOff ? Promise.reject(away()) : store.listLive()),
  };
  const live = new LiveEvents(cut, nowMs);
  const queue = createQueue(client, { policy: testPolicy });
  const capacity = createCapacityStore(dynamodb.documents, tableName('switches', 'counters'));
  const telemetry = countingTelemetry();
  const ticker = new Ticker({ events: cut, queue, capacity, telemetry, nowMs, ticksAtOnce: 16 }, live);
  return {
    telemetry,
    round: () => ticker.tickAll(),
    cutOff: (is = true) => {
      isCutOff = is;
    },
    /** Changes the limit as PUT threshold does. */
    async putThreshold(eventId: string, threshold: number) {
      const event = await store.update(eventId, { threshold });
      live.replace(event);
      await queue.setThreshold(event, queueLimit(event, nowMs()));
    },
  };
}
const away = () => new UrrError('UNAVAILABLE', 'away');

async function sale(more: Parameters<typeof testEvent>[0] | object = {}) {
  events += 1;
  const eventId = `switch-${events}`;
  await storeAt(0).create(testEvent({ threshold: 50, ...more, eventId }));
  const { meta } = queueKeys(eventId, 1);
  return { eventId, limit: async () => Number(await looker.hget(meta, 'limit')), meta };
}
/** An edit in the console, which raises no revision. */
const edit = (eventId: string, attribute: string, value: unknown) =>
  dynamodb.documents.send(
    new UpdateCommand({
      TableName: table,
      Key: { eventId },
      UpdateExpression: 'SET #a = :v',
      ExpressionAttributeNames: { '#a': attribute },
      ExpressionAttributeValues: { ':v': value },
    }),
  );
/** In each round every worker reads the events and ticks, as in each second. */
async function rounds(workers: readonly { round: () => Promise<void> }[], count = 2) {
  for (let n = 0; n < count; n += 1) await Promise.all(workers.map(({ round }) => round()));
}

describe('the limit follows the event, whatever the clocks show', () => {
  it('a pause applies after an edit from a clock five minutes ahead', async () => {
    const workers = [0, 5 * minutes, -5 * minutes].map((offset) => worker(offset));
    const { eventId, limit } = await sale();
    await rounds(workers);
    await storeAt(5 * minutes).update(eventId, { threshold: 60 });
    await rounds(workers);
    expect(await limit()).toBe(60);
    await storeAt(0).update(eventId, { isPaused: true });
    await rounds(workers);
    expect(await limit()).toBe(0);
    await storeAt(-5 * minutes).update(eventId, { isPaused: false });
    await rounds(workers);
    expect(await limit()).toBe(60);
  });

  it('an edit in the console applies without a new revision, and a worker with an older reading does not undo it', async () => {
    const [reading, other, cutOff] = [worker(0), worker(-5 * minutes), worker(5 * minutes)];
    const { eventId, limit } = await sale();
    await storeAt(5 * minutes).update(eventId, { threshold: 60 });
    await rounds([reading, other, cutOff], 3);
    cutOff.cutOff();
    await edit(eventId, 'isPaused', true);
    await rounds([reading, other]);
    for (let n = 0; n < 3; n += 1) {
      await cutOff.round();
      expect(await limit()).toBe(0);
    }
    // The table is unavailable, not Redis.
    expect(cutOff.telemetry.counts.get('QueueUnavailable')).toBeUndefined();
    await edit(eventId, 'threshold', 70);
    await edit(eventId, 'isPaused', false);
    await rounds([other, reading, cutOff]);
    await cutOff.round();
    expect(await limit()).toBe(70);
  });

  it('a worker with an older reading does not undo a change by another worker', async () => {
    const { eventId, limit } = await sale();
    const [first, stale] = [worker(0), worker(0)];
    await rounds([first, stale], 3);
    stale.cutOff();
    await first.putThreshold(eventId, 7);
    expect(await limit()).toBe(7);
    await stale.round();
    expect(await limit()).toBe(7);
  });

  it('an event that is created again, or whose revision an operator lowered, applies as well', async () => {
    const workers = [worker(0), worker(5 * minutes)];
    const { eventId, limit } = await sale();
    for (let n = 0; n < 5; n += 1) await storeAt(0).update(eventId, { threshold: 60 + n });
    await rounds(workers, 3);
    expect(await limit()).toBe(64);
    await edit(eventId, 'revision', 1);
    await edit(eventId, 'isPaused', true);
    await rounds(workers);
    expect(await limit()).toBe(0);
    await dynamodb.documents.send(new DeleteCommand({ TableName: table, Key: { eventId } }));
    await storeAt(0).create(testEvent({ eventId, threshold: 9 }));
    await rounds(workers);
    expect(await limit()).toBe(9);
  });

  it('values in Redis from a clock that was ahead do not block a change', async () => {
    const workers = [worker(0), worker(0)];
    const { eventId, limit, meta } = await sale();
    await rounds(workers, 3);
    await looker.hset(meta, { limit_look: Date.now() + 5 * minutes });
    await edit(eventId, 'isPaused', true);
    await rounds(workers);
    expect(await limit()).toBe(0);
    // As a release without ordered limits did: by the time of the change.
    await looker.hset(meta, { limit: 44, limit_version: Date.now(), limit_look: 0 });
    await rounds(workers);
    expect(await limit()).toBe(0);
  });

  it('the opening follows the clock of Redis on all workers', async () => {
    const [ahead, behind] = [worker(5 * minutes), worker(-5 * minutes)];
    const later = await sale({ opensAt: new Date(Date.now() + 3 * minutes).toISOString() });
    const open = await sale({ opensAt: new Date(Date.now() - 3 * minutes).toISOString() });
    for (const workers of [[ahead], [behind], [ahead, behind]]) {
      await rounds(workers, 3);
      expect(await later.limit()).toBe(0);
      expect(await open.limit()).toBe(50);
    }
  });

  it('the capacity shows free places before the opening and none in a pause, and nobody is admitted early', async () => {
    const one = worker(0);
    const counters = createCounterStore(dynamodb.documents, tableName('switches', 'counters'));
    const capacity = (eventId: string) => counters.capacity({ eventId, generation: 1 });
    const later = await sale({ opensAt: new Date(Date.now() + 3 * minutes).toISOString() });
    const open = await sale();
    const paused = await sale({ isPaused: true });
    // The tick of a second counts once, so rounds repeat until one has stored the limit.
    await vi.waitFor(
      async () => {
        await one.round();
        expect(await capacity(later.eventId)).toMatchObject({ free: 50, active: 0, queued: 0, arrived: 0 });
        expect(await capacity(open.eventId)).toMatchObject({ free: 50 });
        expect(await capacity(paused.eventId)).toMatchObject({ free: 0, arrived: 0 });
      },
      { timeout: patienceMs, interval: 100 },
    );
    expect(await later.limit()).toBe(0);
    expect(await open.limit()).toBe(50);
  });

  it('parallel edits by workers and operators end in the state of the item', async () => {
    const workers = [0, 5 * minutes, -5 * minutes, 1 * minutes].map((offset) => worker(offset));
    const { eventId, limit } = await sale();
    for (let play = 0; play < 10; play += 1) {
      const edits = Array.from({ length: 6 }, async (_, n) => {
        const threshold = 10 + play * 6 + n;
        if (n % 3 === 0) await edit(eventId, 'threshold', threshold);
        else if (n % 3 === 1) await workers[n % 4]?.putThreshold(eventId, threshold);
        else await storeAt((n - 3) * minutes).update(eventId, { threshold });
      });
      await Promise.all([...edits, rounds(workers, 3)]);
      await rounds(workers);
      expect(await limit()).toBe((await storeAt(0).get(eventId))?.threshold);
    }
  });
});
