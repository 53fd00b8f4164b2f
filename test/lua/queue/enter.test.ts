import { describe, expect, it } from 'vitest';
import { type QueueHarness, testPolicy } from '../../support/queue/harness.ts';
import { useHarness } from '../../support/queue/use-harness.ts';

const make = useHarness();

describe('enter', () => {
  it('a visitor is admitted at once if a place is free and nobody waits, and the admission is in the outbox', async () => {
    const q = await make();
    await q.open(2);
    const { standing, totals } = await q.enter('u.a', 7);
    expect(standing).toMatchObject({ kind: 'inside', expiresAtMs: q.nowMs + testPolicy.activeTtlMs });
    expect(totals).toMatchObject({ inside: 1, limit: 2, waiting: 0 });
    const { entries } = await relay(q);
    expect(entries.flatMap(({ admissions }) => admissions)).toEqual([
      { user: 'u.a', admissionId: standing.kind === 'inside' ? standing.admissionId : '' },
    ]);
  });

  it('a repeat returns the same place and the same admission (A9, A10, E5)', async () => {
    const q = await make();
    await q.open(1);
    const first = await q.enter('u.a', 1);
    expect(await q.enter('u.a', 2)).toEqual(first);
    await q.enter('u.b', 3);
    const again = await Promise.all(Array.from({ length: 50 }, () => q.enter('u.b', 3)));
    for (const { standing } of again) expect(standing).toEqual({ kind: 'waiting', rank: 0 });
    expect(await q.redis.zcard(q.keys.waiting)).toBe(1);
    expect((await relay(q)).entries).toHaveLength(1);
  });

  it('visitors wait in the order of tier 1, whoever comes first (E1)', async () => {
    const q = await make();
    await q.open(0);
    for (const seq of [5, 1, 4, 2, 3]) await q.enter(`u.${seq}`, seq);
    const ranks = await Promise.all([1, 2, 3, 4, 5].map((seq) => q.heartbeat(`u.${seq}`)));
    expect(ranks.map(({ standing }) => standing)).toEqual(
      [0, 1, 2, 3, 4].map((rank) => ({ kind: 'waiting', rank })),
    );
  });

  it('positions with one seq are ordered by shard, and far positions stay apart', async () => {
    const q = await make();
    await q.open(0);
    const far = 2 ** 45;
    for (const [i, position] of [
      { shard: 1, seq: far },
      { shard: 0, seq: far },
      { shard: 63, seq: far - 1 },
    ].entries())
      await q.queue.enter(q.line, {
        user: `u.${i}`,
        pass: { requestId: crypto.randomUUID(), position },
      });
    expect(await q.redis.zrange(q.keys.waiting, '0', '-1')).toEqual(['u.2', 'u.1', 'u.0']);
  });

  it('a visitor without a pass queues behind every visitor with a pass, in order of arrival', async () => {
    const q = await make();
    await q.open(0);
    for (const user of ['u.x', 'u.y', 'u.z']) await q.enter(user);
    await q.enter('u.pass', 2 ** 44);
    expect(await q.redis.zrange(q.keys.waiting, '0', '-1')).toEqual(['u.pass', 'u.x', 'u.y', 'u.z']);
  });

  it('each pass is one arrival, however often it is shown, and a visit without a pass is not an arrival', async () => {
    const q = await make();
    await q.open(1);
    const [first, second] = [crypto.randomUUID(), crypto.randomUUID()];
    await Promise.all([
      q.enter('u.a', 1, { requestId: first }),
      q.enter('u.a', 1, { requestId: first }),
      q.enter('u.b', 2, { requestId: second }),
      q.enter('u.c'),
    ]);
    await q.queue.leave(q.line, 'u.a');
    await q.enter('u.a', 1, { requestId: first });
    expect((await q.tick(1)).arrived).toBe(2);
  });

  it('nobody is admitted at once while the limit is unknown or 0, or while somebody waits', async () => {
    const q = await make();
    expect((await q.enter('u.early', 1)).standing.kind).toBe('waiting');
    expect((await q.enter('u.early', 1)).totals.limit).toBeNull();
    await q.open(10);
    expect((await q.enter('u.late', 2)).standing.kind).toBe('waiting');
    const closed = await make();
    await closed.open(0);
    expect((await closed.enter('u.a', 1)).standing.kind).toBe('waiting');
  });

  it('a crowd at an empty event fills the limit exactly, with at most one batch per tick', async () => {
    const q = await make({ ...testPolicy, batchMax: 30 });
    await q.open(50);
    const first = await Promise.all(Array.from({ length: 40 }, (_, i) => q.enter(`u.${i}`, i + 1)));
    expect(first.filter(({ standing }) => standing.kind === 'inside')).toHaveLength(30);
    expect((await q.tick(50)).admitted).toHaveLength(10);
    const second = await Promise.all(Array.from({ length: 40 }, (_, i) => q.enter(`u.second-${i}`, 100 + i)));
    expect(second.filter(({ standing }) => standing.kind === 'inside')).toHaveLength(10);
    expect(await q.redis.zcard(q.keys.active)).toBe(50);
  });

  it('a tick admits no batch after enter has admitted one (A4)', async () => {
    const q = await make({ ...testPolicy, batchMax: 10 });
    await q.open(100);
    await q.advance(testPolicy.tickMs);
    await Promise.all(Array.from({ length: 15 }, (_, i) => q.enter(`u.${i}`, i + 1)));
    const { admitted } = await q.queue.tick(q.line, { value: 100, unpausedValue: 100, version: 9 });
    expect(admitted).toEqual([]);
    expect((await q.tick(100)).admitted).toHaveLength(5);
  });

  it('after a loss of all data an entry token admits its holder again, once, and its event is written again', async () => {
    const q = await make();
    await q.open(5);
    const before = await q.enter('u.a', 1);
    if (before.standing.kind !== 'inside') throw new Error('not inside');
    const { admissionId } = before.standing;
    await q.redis.del(...Object.values(q.keys));
    await q.tick(5);
    for (let i = 0; i < 3; i += 1) {
      const { standing } = await q.enter('u.a', 1, { admissionId });
      expect(standing).toMatchObject({ kind: 'inside', admissionId });
    }
    expect((await relay(q)).entries.map(({ admissions }) => admissions)).toEqual([
      [{ user: 'u.a', admissionId }],
    ]);
  });

  it('the entry token of a visit that ended admits nobody', async () => {
    const q = await make();
    await q.open(1);
    const { standing } = await q.enter('u.a', 1);
    if (standing.kind !== 'inside') throw new Error('not inside');
    await q.queue.leave(q.line, 'u.a');
    expect((await q.heartbeat('u.a', standing.admissionId)).standing.kind).toBe('absent');
    await q.enter('u.b', 2);
    expect((await q.enter('u.a', 1, { admissionId: standing.admissionId })).standing.kind).toBe('waiting');
  });

  it('an entry token older than the longest visit admits nobody', async () => {
    const q = await make();
    await q.open(0);
    const admissionId = `${q.nowMs - testPolicy.stayMaxMs}-abcdefghijkl-1`;
    expect((await q.enter('u.a', 1, { admissionId })).standing.kind).toBe('waiting');
  });

  it('a visitor who was inside joins at the end; a visitor who missed the admission keeps the place', async () => {
    const q = await make();
    await q.open(1);
    await q.enter('u.done', 1);
    for (const seq of [2, 3]) await q.enter(`u.${seq}`, seq);
    await q.queue.leave(q.line, 'u.done');
    await q.enter('u.done', 1);
    expect(await q.redis.zrange(q.keys.waiting, '0', '-1')).toEqual(['u.2', 'u.3', 'u.done']);
    expect((await q.tick(1)).admitted.map(({ user }) => user)).toEqual(['u.2']);
    await q.advance(testPolicy.claimTtlMs);
    await q.enter('u.2', 2);
    expect(await q.redis.zrange(q.keys.waiting, '0', '-1')).toEqual(['u.2', 'u.3', 'u.done']);
  });

  it('a shopper who polls stays up to the longest visit, and no longer', async () => {
    const q = await make();
    await q.open(1);
    const first = await q.enter('u.a', 1);
    for (let at = 0; at < testPolicy.stayMaxMs; at += 300_000) {
      expect((await q.heartbeat('u.a')).standing).toEqual({
        ...first.standing,
        expiresAtMs: Math.min(q.nowMs + testPolicy.activeTtlMs, q.nowMs - at + testPolicy.stayMaxMs),
      });
      await q.advance(300_000);
    }
    expect((await q.heartbeat('u.a')).standing.kind).toBe('absent');
  });
});

const relay = (q: QueueHarness) =>
  q.queue.relay(q.line, 'test', { delivered: [], bad: [] }, { countMax: 100, leaseMs: 1000 });
