import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectRedis, type RedisClient } from '#adapters/redis/connect.ts';
import { createHolds, type RedisHolds } from '#adapters/redis/holds.ts';
import { holdsPerWindowMax, holdWindowMs } from '#contract/sale-keys.ts';
import type { Hold } from '#core/sale/ports.ts';
import { readLuaAt } from '../../support/queue/lua-clock.ts';
import { type RedisServer, startRedis } from '../../support/servers/redis.ts';

const epochFactor = 2 ** 32;
let server: RedisServer;
let client: RedisClient;
let holds: RedisHolds;
let epochs = 0;
let nowMs = 1_800_000_000_000;

beforeAll(async () => {
  server = await startRedis();
  client = connectRedis({ host: server.host, port: server.port, isCluster: false, isTls: false }, () => {});
  await new Promise((resolve) => client.once('ready', resolve));
  holds = createHolds(client, { raiseEpoch: async () => ++epochs, readScript: readLuaAt('test:now') });
  await at(nowMs);
});
afterAll(async () => {
  client.disconnect();
  await server.stop();
});

const at = async (ms: number) => {
  nowMs = ms;
  await client.set('test:now', ms);
};
const aHold = (changes: Partial<Hold> = {}): Hold => ({
  eventId: 'sale',
  seatIds: ['A-1-1', 'A-1-2'],
  userId: randomUUID(),
  reservationId: randomUUID(),
  expiresAtMs: nowMs + 300_000,
  ...changes,
});
const anEvent = () => `sale-${randomUUID().slice(0, 8)}`;
const held = async (hold: Hold) => {
  const outcome = await holds.hold(hold);
  if (outcome.outcome !== 'held') throw new Error(`not held: ${outcome.outcome}`);
  return { ...hold, fence: outcome.fence };
};

const tellEverything = async (eventId: string) => {
  const server = await holds.takeTurn(eventId, 'rebuild', 'worker');
  expect(await holds.finishRebuild(eventId, server ?? '', 'worker')).toBe(true);
};

describe('hold', () => {
  it('a hold takes all seats or none, and lists the seats in its way', async () => {
    const eventId = anEvent();
    const first = await held(aHold({ eventId, seatIds: ['A-1-2'] }));
    const second = await holds.hold(aHold({ eventId, seatIds: ['A-1-1', 'A-1-2', 'A-1-3'] }));
    expect(second).toEqual({
      outcome: 'taken',
      owners: [{ seatId: 'A-1-2', reservationId: first.reservationId, fence: first.fence, isSold: false }],
    });
    expect((await holds.snapshot(eventId, ['A-1-1', 'A-1-2', 'A-1-3'])).digits).toBe('010');
  });

  it('every fence is larger than the one before, also across an epoch', async () => {
    const eventId = anEvent();
    const one = await held(aHold({ eventId, seatIds: ['A-1-1'] }));
    const two = await held(aHold({ eventId, seatIds: ['A-1-2'] }));
    expect(two.fence).toBe(one.fence + 1);
    // As after a promotion: the same data on a server with another run id.
    await client.hset(`urr:{${eventId}}:sale:sale`, 'run', 'another');
    const three = await held(aHold({ eventId, seatIds: ['A-1-3'] }));
    expect(three.fence).toBe(epochs * epochFactor + 1);
    expect(three.fence).toBeGreaterThan(two.fence);
  });

  it('an epoch not larger than the known one is refused, so none serves two servers', async () => {
    const eventId = anEvent();
    await held(aHold({ eventId, seatIds: ['A-1-1'] }));
    await client.hset(`urr:{${eventId}}:sale:sale`, 'run', 'another');
    const stuck = createHolds(client, { raiseEpoch: async () => 1, readScript: readLuaAt('test:now') });
    epochs += 1;
    await expect(stuck.hold(aHold({ eventId, seatIds: ['A-1-2'] }))).rejects.toMatchObject({
      code: 'UNAVAILABLE',
    });
  });

  it('an epoch raised for another server is refused, because larger fences may exist since', async () => {
    const keys = ['seats', 'sale'].map((name) => `urr:{${anEvent()}}:sale:${name}`);
    const offered = (epoch: string) =>
      client.eval(
        readLuaAt('test:now')('sale/hold'),
        2,
        ...keys,
        epoch,
        nowMs + 1,
        'a',
        'u.a',
        5,
        1000,
        'A-1-1',
      );
    const asked = await offered('');
    expect(asked).toEqual([-1, nowMs, expect.stringMatching(/^[0-9a-f]{40}$/)]);
    expect(await offered(`1:${'0'.repeat(40)}`)).toEqual(asked);
    const [, , runId] = asked as [number, number, string];
    expect(await offered(`1:${runId}`)).toEqual([0, nowMs, String(epochFactor + 1)]);
  });

  it('a repeat for the same reservation keeps its fence', async () => {
    const hold = await held(aHold({ eventId: anEvent() }));
    expect(await held(hold)).toEqual(hold);
  });

  it('a hold expires at its end, not before and not after', async () => {
    const eventId = anEvent();
    const first = await held(aHold({ eventId, seatIds: ['A-1-1'] }));
    await at(first.expiresAtMs - 1);
    expect((await holds.hold(aHold({ eventId, seatIds: ['A-1-1'] }))).outcome).toBe('taken');
    await at(first.expiresAtMs);
    expect((await holds.snapshot(eventId, ['A-1-1'])).digits).toBe('0');
    const second = await held(aHold({ eventId, seatIds: ['A-1-1'] }));
    expect(second.fence).toBeGreaterThan(first.fence);
  });

  it('of a hundred parallel holds of one seat exactly one is held', async () => {
    const eventId = anEvent();
    const outcomes = await Promise.all(
      Array.from({ length: 100 }, () => holds.hold(aHold({ eventId, seatIds: ['A-1-1'] }))),
    );
    expect(outcomes.filter(({ outcome }) => outcome === 'held')).toHaveLength(1);
  });

  it('one account has one live hold', async () => {
    const eventId = anEvent();
    const first = await held(aHold({ eventId, seatIds: ['A-1-1'] }));
    const second = { eventId, seatIds: ['A-1-2'], userId: first.userId };
    expect(await holds.hold(aHold(second))).toEqual({ outcome: 'too-many', retryAfterSeconds: 300 });
    await holds.release(first);
    expect((await holds.hold(aHold(second))).outcome).toBe('held');
  });

  it('an account that holds and releases repeatedly has to wait until the window ends or it buys', async () => {
    const eventId = anEvent();
    const userId = randomUUID();
    const startMs = nowMs;
    for (let round = 0; round < holdsPerWindowMax; round++) {
      await holds.release(await held(aHold({ eventId, userId, seatIds: ['A-1-1'] })));
    }
    const again = () => holds.hold(aHold({ eventId, userId, seatIds: ['A-1-1'] }));
    expect(await again()).toEqual({ outcome: 'cooling-down', retryAfterSeconds: holdWindowMs / 1000 });
    await at(startMs + holdWindowMs);
    expect((await again()).outcome).toBe('held');
  });

  it('a purchase clears the count of unpaid holds', async () => {
    const eventId = anEvent();
    const userId = randomUUID();
    for (let round = 0; round < holdsPerWindowMax; round++) {
      const hold = await held(aHold({ eventId, userId, seatIds: [`A-1-${round + 1}`] }));
      await (round < holdsPerWindowMax - 1 ? holds.release(hold) : holds.markSold(hold));
    }
    expect((await holds.hold(aHold({ eventId, userId, seatIds: ['B-1-1'] }))).outcome).toBe('held');
  });
});

describe('extend', () => {
  it('extend moves the end of a whole hold, never of a part', async () => {
    const eventId = anEvent();
    const hold = await held(aHold({ eventId }));
    expect(await holds.extend(hold, hold.expiresAtMs + 60_000)).toBe(true);
    await at(hold.expiresAtMs);
    expect((await holds.snapshot(eventId, hold.seatIds)).digits).toBe('11');
    expect(await holds.extend({ ...hold, fence: hold.fence + 1 }, hold.expiresAtMs + 90_000)).toBe(false);
    await at(hold.expiresAtMs + 60_000);
    await held(aHold({ eventId, seatIds: ['A-1-2'] }));
    expect(await holds.extend(hold, hold.expiresAtMs + 90_000)).toBe(false);
  });
});

describe('release and sold', () => {
  it("a late release leaves the next holder's seats unchanged", async () => {
    const eventId = anEvent();
    const first = await held(aHold({ eventId, seatIds: ['A-1-1'] }));
    await at(first.expiresAtMs);
    await held(aHold({ eventId, seatIds: ['A-1-1'] }));
    await holds.release(first);
    expect((await holds.snapshot(eventId, ['A-1-1'])).digits).toBe('1');
  });

  it('a sold seat stays sold until its own reservation releases it', async () => {
    const eventId = anEvent();
    const hold = await held(aHold({ eventId, seatIds: ['A-1-1'] }));
    await holds.markSold(hold);
    await at(nowMs + 10_000_000);
    expect((await holds.snapshot(eventId, ['A-1-1'])).digits).toBe('2');
    const outcome = await holds.hold(aHold({ eventId, seatIds: ['A-1-1'] }));
    expect(outcome).toMatchObject({ outcome: 'taken', owners: [{ isSold: true }] });
    await holds.release(hold);
    expect((await holds.snapshot(eventId, ['A-1-1'])).digits).toBe('0');
  });

  it('a late "sold" does not take a seat from a larger fence', async () => {
    const eventId = anEvent();
    const first = await held(aHold({ eventId, seatIds: ['A-1-1'] }));
    await at(first.expiresAtMs);
    await held(aHold({ eventId, seatIds: ['A-1-1'] }));
    await holds.markSold(first);
    expect((await holds.snapshot(eventId, ['A-1-1'])).digits).toBe('1');
  });
});

describe('an expired hold', () => {
  it('an expired hold does not prevent a sale from being shown again', async () => {
    for (const tell of ['sold', 'restore'] as const) {
      const eventId = anEvent();
      const sale = await held(aHold({ eventId, seatIds: ['A-1-1'] }));
      await holds.release(sale);
      const younger = await held(aHold({ eventId, seatIds: ['A-1-1'] }));
      const show = () => (tell === 'sold' ? holds.markSold(sale) : holds.restore(sale, 0));
      await show();
      expect((await holds.snapshot(eventId, ['A-1-1'])).digits, `${tell}, while it lasts`).toBe('1');
      await at(younger.expiresAtMs);
      await show();
      expect((await holds.snapshot(eventId, ['A-1-1'])).digits, `${tell}, after it`).toBe('2');
    }
  });
});

describe('snapshot', () => {
  it('the version of a snapshot grows with every change, and the snapshot has the next end of a hold', async () => {
    const eventId = anEvent();
    const hold = await held(aHold({ eventId, seatIds: ['A-1-1'] }));
    await tellEverything(eventId);
    const before = await holds.snapshot(eventId, ['A-1-1', 'A-1-2']);
    expect(before).toMatchObject({ isComplete: true, digits: '10', earliestEndMs: hold.expiresAtMs });
    await holds.markSold(hold);
    const after = await holds.snapshot(eventId, ['A-1-1', 'A-1-2']);
    expect(after.version).toBeGreaterThan(before.version);
    expect(after).toMatchObject({ digits: '20', earliestEndMs: 0 });
  });

  it('a server without a finished rebuild reports it, also after it has made holds', async () => {
    const eventId = anEvent();
    expect(await holds.snapshot(eventId, ['A-1-1'])).toMatchObject({ isComplete: false, digits: '0' });
    await held(aHold({ eventId, seatIds: ['A-1-1'] }));
    expect(await holds.snapshot(eventId, ['A-1-1'])).toMatchObject({ isComplete: false, digits: '1' });
    await tellEverything(eventId);
    expect((await holds.snapshot(eventId, ['A-1-1'])).isComplete).toBe(true);
  });

  it('a promoted server needs a rebuild, though it has the data', async () => {
    const eventId = anEvent();
    await tellEverything(eventId);
    await client.hset(`urr:{${eventId}}:sale:sale`, 'full', 'another');
    expect((await holds.snapshot(eventId, ['A-1-1'])).isComplete).toBe(false);
  });
});

describe('the rebuild of a server without data', () => {
  it('one worker has the turn at a time, and a rebuild of another server does not count', async () => {
    const eventId = anEvent();
    const server = await holds.takeTurn(eventId, 'rebuild', 'one');
    expect(server).toMatch(/^[0-9a-f]{40}$/);
    expect(await holds.takeTurn(eventId, 'rebuild', 'two')).toBeUndefined();
    expect(await holds.finishRebuild(eventId, 'another', 'one')).toBe(false);
    expect((await holds.snapshot(eventId, ['A-1-1'])).isComplete).toBe(false);
    expect(await holds.takeTurn(eventId, 'rebuild', 'two')).toBe(server);
  });

  it('a rebuild shows a hold and a sale again, and their account has its live hold again', async () => {
    const eventId = anEvent();
    const hold = { ...aHold({ eventId, seatIds: ['A-1-1'] }), fence: 7 };
    const sale = { ...aHold({ eventId, seatIds: ['A-1-2'] }), fence: 8 };
    for (let round = 0; round < 2; round++) {
      await holds.restore(hold, hold.expiresAtMs);
      await holds.restore(sale, 0);
    }
    expect((await holds.snapshot(eventId, ['A-1-1', 'A-1-2', 'A-1-3'])).digits).toBe('120');
    expect(await holds.owners(eventId, ['A-1-3', 'A-1-2', 'A-1-1'])).toEqual([
      { seatId: 'A-1-2', reservationId: sale.reservationId, fence: 8, isSold: true },
      { seatId: 'A-1-1', reservationId: hold.reservationId, fence: 7, isSold: false },
    ]);
    const second = aHold({ eventId, seatIds: ['A-1-3'], userId: hold.userId });
    expect((await holds.hold(second)).outcome).toBe('too-many');
    expect(await holds.extend(hold, hold.expiresAtMs + 1)).toBe(true);
  });

  it('a rebuild undoes no later change: a larger fence, or the sale of the same hold', async () => {
    const eventId = anEvent();
    const later = await held(aHold({ eventId, seatIds: ['A-1-1'] }));
    await holds.restore({ ...aHold({ eventId, seatIds: ['A-1-1'] }), fence: later.fence - 1 }, 0);
    expect((await holds.snapshot(eventId, ['A-1-1'])).digits).toBe('1');
    await holds.markSold(later);
    await holds.restore(later, later.expiresAtMs);
    expect((await holds.snapshot(eventId, ['A-1-1'])).digits).toBe('2');
  });
});
