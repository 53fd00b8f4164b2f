import { describe, expect, it } from 'vitest';
import { testPolicy } from '../../support/queue/harness.ts';
import { useHarness } from '../../support/queue/use-harness.ts';

const make = useHarness();

const none = { delivered: [], bad: [] };
const options = { countMax: 10, leaseMs: 60_000 };

describe('leave', () => {
  it('leave frees the place inside at once, and a repeat changes nothing', async () => {
    const q = await make();
    await q.open(1);
    await q.enter('u.a', 1);
    await q.enter('u.b', 2);
    expect(await q.queue.leave(q.line, 'u.a')).toBe('inside');
    expect(await q.queue.leave(q.line, 'u.a')).toBe('nowhere');
    expect((await q.tick(1)).admitted.map(({ user }) => user)).toEqual(['u.b']);
  });

  it('leave removes one visitor from the line, parked or not, and no other', async () => {
    const q = await make();
    await q.open(0);
    for (const seq of [1, 2, 3]) await q.enter(`u.${seq}`, seq);
    await q.advance(30_000);
    await q.heartbeat('u.2');
    await q.tick(0);
    await q.tick(1);
    expect(await q.redis.zcard(q.keys.parked)).toBe(1);
    expect(await q.queue.leave(q.line, 'u.1')).toBe('line');
    expect(await q.queue.leave(q.line, 'u.3')).toBe('line');
    expect(await q.queue.leave(q.line, 'u.stranger')).toBe('nowhere');
    expect((await q.heartbeat('u.1')).standing.kind).toBe('absent');
    expect((await q.heartbeat('u.2')).standing.kind).toBe('inside');
  });
});

describe('sweep', () => {
  it('sweep removes only visitors without a poll for the whole time, a limited number per call', async () => {
    const q = await make();
    await q.open(0);
    for (let seq = 1; seq <= 30; seq += 1) await q.enter(`u.${seq}`, seq);
    await q.advance(testPolicy.forgetMs + 11_000);
    for (const seq of [3, 30]) await q.heartbeat(`u.${seq}`);
    expect(await q.queue.sweep(q.line, 20)).toEqual({ checked: 0, forgotten: 0 });
    await q.advance(500);
    expect(await q.queue.sweep(q.line, 20)).toEqual({ checked: 20, forgotten: 20 });
    expect(await q.queue.sweep(q.line, 20)).toEqual({ checked: 8, forgotten: 8 });
    expect(await q.queue.sweep(q.line, 20)).toEqual({ checked: 0, forgotten: 0 });
    expect(await q.redis.zrange(q.keys.waiting, '0', '-1')).toEqual(['u.3', 'u.30']);
  });

  it('sweep gives every key of the line a lifetime, so a closed event leaves no keys', async () => {
    const q = await make();
    await q.open(1);
    for (const seq of [1, 2, 3]) await q.enter(`u.${seq}`, seq);
    await q.advance(60_000);
    await q.heartbeat('u.3');
    await q.tick(5);
    await q.queue.sweep(q.line, 100);
    const names = Object.values(q.keys);
    const kept = await Promise.all(names.map(async (key) => [key, await q.redis.pttl(key)] as const));
    expect(kept.filter(([, ttl]) => ttl === -1)).toEqual([]);
    expect(kept.filter(([, ttl]) => ttl > 0).length).toBeGreaterThanOrEqual(8);
  });
});

describe('outbox', () => {
  const filled = async () => {
    const q = await make();
    await q.open(0);
    for (let seq = 1; seq <= 6; seq += 1) await q.enter(`u.${seq}`, seq);
    for (const limit of [2, 4, 6]) await q.tick(limit);
    return q;
  };

  it('an entry stays until it is delivered, and the oldest come first', async () => {
    const q = await filled();
    const first = await q.queue.relay(q.line, 'one', none, options);
    expect(first.entries.map(({ admissions }) => admissions?.map(({ user }) => user))).toEqual([
      ['u.1', 'u.2'],
      ['u.3', 'u.4'],
      ['u.5', 'u.6'],
    ]);
    expect(await q.queue.relay(q.line, 'one', none, options)).toEqual(first);
    const delivered = first.entries.slice(0, 2).map(({ id }) => id);
    const rest = await q.queue.relay(q.line, 'one', { delivered, bad: [] }, options);
    expect(rest).toEqual({ isMine: true, left: 1, entries: first.entries.slice(2) });
  });

  it('one relay works at a time, and the next one when its lease has ended', async () => {
    const q = await filled();
    expect((await q.queue.relay(q.line, 'one', none, options)).isMine).toBe(true);
    expect(await q.queue.relay(q.line, 'two', none, options)).toEqual({
      isMine: false,
      left: 3,
      entries: [],
    });
    await q.redis.del(q.keys.outboxLease);
    expect((await q.queue.relay(q.line, 'two', none, options)).entries).toHaveLength(3);
  });

  it('delivered entries are deleted even if another relay has the lease', async () => {
    const q = await filled();
    const { entries } = await q.queue.relay(q.line, 'one', none, options);
    await q.redis.del(q.keys.outboxLease);
    await q.queue.relay(q.line, 'two', none, options);
    const delivered = entries.map(({ id }) => id);
    expect(await q.queue.relay(q.line, 'one', { delivered, bad: [] }, options)).toMatchObject({ left: 0 });
  });

  it('a bad entry is set aside as a whole, and the others are delivered (A8)', async () => {
    const q = await filled();
    await q.redis.xadd(q.keys.outbox, '*', 'only', 'pairs', 'odd', 'one');
    await q.redis.xadd(q.keys.outbox, '*', 'u.x', 'not an admission id');
    const { entries } = await q.queue.relay(q.line, 'one', none, options);
    const bad = entries.at(-1)?.id ?? '';
    await q.queue.relay(q.line, 'one', { delivered: [], bad: [bad] }, options);
    expect(await q.redis.xlen(q.keys.outbox)).toBe(4);
    const dead = await q.redis.xrange(q.keys.outboxDead, '-', '+');
    expect(dead.map(([, fields]) => fields)).toEqual([['id', bad, 'u.x', 'not an admission id']]);
  });
});
