import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { closeHarnesses, type QueueHarness, queueHarness, testPolicy } from '../../support/queue/harness.ts';
import { type RedisServer, startRedis } from '../../support/servers/redis.ts';

let server: RedisServer;
let make: (policy?: typeof testPolicy) => Promise<QueueHarness>;

beforeAll(async () => {
  server = await startRedis();
  const look = server.client();
  make = (policy) => queueHarness(server, look, policy);
});
afterAll(async () => {
  closeHarnesses();
  await server.stop();
});

const users = (reply: { admitted: readonly { user: string }[] }) => reply.admitted.map(({ user }) => user);
const crowd = (q: QueueHarness, count: number, from = 1) =>
  Promise.all(Array.from({ length: count }, (_, i) => q.enter(`u.${from + i}`, from + i)));
const outboxUsers = async (q: QueueHarness) => {
  const step = await q.queue.relay(
    q.line,
    'look',
    { delivered: [], bad: [] },
    { countMax: 1000, leaseMs: 1 },
  );
  return step.entries.flatMap(({ admissions }) => admissions ?? []);
};

describe('admit', () => {
  it('a tick fills the free places from the front and returns exactly the visitors that it admitted (A6)', async () => {
    const q = await make();
    await q.open(0);
    await crowd(q, 20);
    const reply = await q.tick(8);
    expect(users(reply)).toEqual([1, 2, 3, 4, 5, 6, 7, 8].map((n) => `u.${n}`));
    expect(reply.totals).toMatchObject({ inside: 8, limit: 8, waiting: 12 });
    expect(await q.redis.zcard(q.keys.active)).toBe(8);
    expect(await q.redis.zcard(q.keys.waiting)).toBe(12);
    expect(await outboxUsers(q)).toEqual(reply.admitted);
    expect(new Set(reply.admitted.map(({ admissionId }) => admissionId)).size).toBe(8);
  });

  it('a tick counts once, however many workers call it and however often (A4)', async () => {
    const q = await make({ ...testPolicy, batchMax: 5 });
    await q.open(0);
    await crowd(q, 40);
    await q.advance(testPolicy.tickMs);
    const replies = await Promise.all(
      Array.from({ length: 16 }, () => q.queue.tick(q.line, { value: 100, unpausedValue: 100, version: 5 })),
    );
    expect(replies.filter(({ kind }) => kind === 'ticked')).toHaveLength(1);
    expect(replies.flatMap(users)).toHaveLength(5);
    await q.advance(testPolicy.tickMs - 1);
    expect(users(await q.queue.tick(q.line, { value: 100, unpausedValue: 100, version: 5 }))).toEqual([]);
    await q.advance(1);
    expect(users(await q.queue.tick(q.line, { value: 100, unpausedValue: 100, version: 5 }))).toHaveLength(5);
  });

  it('admitted visitors count against the limit before they poll, until their admission expires (E4)', async () => {
    const q = await make();
    await q.open(0);
    await crowd(q, 10);
    expect(users(await q.tick(3))).toHaveLength(3);
    expect(users(await q.tick(3))).toEqual([]);
    await q.heartbeat('u.2');
    await q.advance(testPolicy.claimTtlMs - 2 * testPolicy.tickMs);
    for (const seq of [4, 5, 6, 7]) await q.heartbeat(`u.${seq}`);
    const reply = await q.tick(3);
    expect(reply).toMatchObject({ expired: 2, totals: { inside: 3 } });
    expect(users(reply)).toEqual(['u.4', 'u.5']);
  });

  it('overdue visitors never block the visitors behind them, and keep their place until they return (E2)', async () => {
    const q = await make();
    await q.open(0);
    await crowd(q, 300);
    await q.advance(12_000);
    for (const seq of [250, 300]) await q.heartbeat(`u.${seq}`);
    const reply = await q.tick(2);
    expect(users(reply)).toEqual(['u.250', 'u.300']);
    expect(reply.passedOver).toBe(298);
    expect((await q.heartbeat('u.7')).standing).toEqual({ kind: 'waiting', rank: 0 });
    expect((await q.enter('u.3', 3)).standing).toEqual({ kind: 'waiting', rank: 0 });
    expect(users(await q.tick(4))).toEqual(['u.3', 'u.7']);
  });

  it('a tick reads at most a thousand overdue visitors, and passes any number of them over several ticks (A3)', async () => {
    const q = await make();
    await q.open(0);
    await crowd(q, 2500);
    await q.advance(20_000);
    await q.enter('u.living', 9999);
    const passed: number[] = [];
    for (let ticks = 0; ticks < 5; ticks += 1) {
      const reply = await q.tick(1);
      passed.push(reply.passedOver);
      if (reply.admitted.length > 0) break;
      await q.heartbeat('u.living');
    }
    expect(passed).toEqual([1001, 1001, 498]);
    expect(await q.redis.zscore(q.keys.active, 'u.living')).not.toBeNull();
  });

  it('a lower limit sends nobody away and admits nobody; a limit of 0 admits nobody at all', async () => {
    const q = await make();
    await q.open(0);
    await crowd(q, 10);
    expect(users(await q.tick(5))).toHaveLength(5);
    expect(await q.tick(3)).toMatchObject({ admitted: [], totals: { inside: 5, limit: 3 } });
    expect(await q.tick(0)).toMatchObject({ admitted: [], totals: { inside: 5, limit: 0 } });
    expect(users(await q.tick(6))).toHaveLength(1);
  });

  it('an older limit never undoes a newer one', async () => {
    const q = await make();
    await q.open(0);
    await q.queue.setThreshold(q.line, { value: 4, unpausedValue: 4, version: 1000 });
    expect((await q.tick(90)).totals.limit).toBe(4);
    expect(await q.queue.setThreshold(q.line, { value: 9, unpausedValue: 9, version: 999 })).toMatchObject({
      isSuperseded: true,
    });
    expect(await q.queue.setThreshold(q.line, { value: 0, unpausedValue: 0, version: 1001 })).toMatchObject({
      isSuperseded: false,
    });
    expect((await q.queue.readThreshold(q.line)).totals.limit).toBe(0);
  });

  it('a server without data admits nobody until shoppers have had time to register again', async () => {
    const q = await make();
    await q.open(3);
    const inside = await crowd(q, 3);
    await q.redis.del(...Object.values(q.keys));
    expect((await q.tick(3)).kind).toBe('cold');
    await crowd(q, 10, 4);
    expect((await q.tick(3)).admitted).toEqual([]);
    for (const [i, { standing }] of inside.entries())
      if (standing.kind === 'inside') await q.heartbeat(`u.${i + 1}`, standing.admissionId);
    await q.advance(testPolicy.coldWaitMs);
    expect(await q.tick(3)).toMatchObject({ kind: 'ticked', admitted: [], totals: { inside: 3 } });
    await q.queue.leave(q.line, 'u.1');
    await crowd(q, 10, 4);
    expect(users(await q.tick(3))).toEqual(['u.4']);
  });

  it('only the marker of the new line ends the wait, not a late marker of an earlier one', async () => {
    const q = await make();
    const { marker } = await q.queue.tick(q.line, { value: 3, unpausedValue: 3, version: 0 });
    await q.redis.del(...Object.values(q.keys));
    const second = await q.tick(3);
    expect(second.kind).toBe('cold');
    expect(second.marker).not.toBe(marker);
    await q.queue.tick(q.line, { value: 3, unpausedValue: 3, version: 0 }, marker);
    expect((await q.tick(3)).kind).toBe('cold');
    await q.queue.tick(q.line, { value: 3, unpausedValue: 3, version: 0 }, second.marker);
    expect((await q.tick(3)).kind).toBe('ticked');
  });

  it('data of another server (a promoted replica, a restart) counts only after the wait, for enter as well', async () => {
    const q = await make();
    await q.open(3);
    await q.redis.hset(q.keys.meta, 'run', 'another-server');
    expect((await q.enter('u.1', 1)).standing.kind).toBe('waiting');
    expect(await q.tick(3)).toMatchObject({ kind: 'cold', admitted: [] });
    await q.advance(testPolicy.coldWaitMs);
    await q.heartbeat('u.1');
    expect(users(await q.tick(3))).toEqual(['u.1']);
  });

  it.each([
    [250, 1_000],
    [1_000, 250],
  ])('a line goes on when its tick changes from %s to %s ms', async (before, after) => {
    const q = await make({ ...testPolicy, tickMs: before });
    await q.open(3);
    await q.enter('u.1', 1);
    await q.tick(3);
    const restarted = q.another('restarted', { ...testPolicy, tickMs: after });
    const limit = { value: 3, unpausedValue: 3, version: 9 };
    await q.advance(1_000);
    expect((await restarted.tick(q.line, limit)).kind).toBe('ticked');
    expect((await restarted.tick(q.line, limit)).kind).toBe('already-ran');
    await q.advance(1_000);
    expect((await restarted.tick(q.line, limit)).kind).toBe('ticked');
  });

  it("a promoted server's clock that is behind does not stop admission", async () => {
    const q = await make();
    await q.open(3);
    await q.redis.hset(q.keys.meta, { run: 'another-server', tick_at: 9_999_999_999_999 });
    await q.tick(3);
    await q.enter('u.1', 1);
    await q.advance(testPolicy.coldWaitMs);
    await q.heartbeat('u.1');
    expect(users(await q.tick(3))).toEqual(['u.1']);
  });

  it('a key of a wrong type fails the tick before anything has changed (A6)', async () => {
    const q = await make();
    await q.open(0);
    await crowd(q, 5);
    for (const key of [q.keys.outbox, q.keys.admitted, q.keys.parked, q.keys.pace]) {
      const kept = await q.redis.dump(key);
      await q.redis.del(key);
      await q.redis.set(key, 'not what it should be');
      await expect(q.tick(3)).rejects.toMatchObject({ code: 'INTERNAL' });
      expect(await q.redis.zcard(q.keys.waiting)).toBe(5);
      expect(await q.redis.zcard(q.keys.active)).toBe(0);
      await q.redis.del(key);
      if (kept !== null) await q.redis.restore(key, 0, Buffer.from(kept, 'latin1')).catch(() => undefined);
    }
    await crowd(q, 5);
    expect(users(await q.tick(3))).toHaveLength(3);
  });

  it('a tick at full memory admits all or nobody (A6)', async () => {
    const q = await make();
    await q.open(0);
    await crowd(q, 50);
    await q.advance(testPolicy.tickMs);
    await q.redis.config('SET', 'maxmemory', '1');
    try {
      await expect(q.enter('u.new', 51)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
      const { admitted } = await q.queue.tick(q.line, { value: 10, unpausedValue: 10, version: 1 });
      expect(await outboxUsers(q).catch(() => admitted)).toEqual(admitted);
      expect(await q.redis.zrange(q.keys.active, '0', '-1')).toEqual(users({ admitted }).sort());
      expect(await q.redis.zcard(q.keys.waiting)).toBe(50 - admitted.length);
    } finally {
      await q.redis.config('SET', 'maxmemory', '0');
    }
    expect(await outboxUsers(q)).toHaveLength(await q.redis.zcard(q.keys.active));
    expect(await q.redis.zscore(q.keys.waiting, 'u.new')).toBeNull();
  });

  it('a tick costs a fixed number of commands, however many wait and are admitted (A5, B3, E7)', async () => {
    const commandsOf = async (waiting: number, limit: number) => {
      const q = await make();
      await q.open(0);
      await crowd(q, waiting);
      await q.redis.config('RESETSTAT');
      expect(users(await q.tick(limit))).toHaveLength(limit);
      const stats = await q.redis.info('commandstats');
      // Without the test's own commands, which set the clock, reset and read the statistics.
      const calls = [...stats.matchAll(/^cmdstat_(\S+):calls=(\d+)/gm)];
      return calls.reduce((sum, [, , n]) => sum + Number(n), 0);
    };
    const small = await commandsOf(20, 5);
    expect(await commandsOf(900, 100)).toBe(small);
    expect(small).toBeLessThan(30);
  });
});
