import { describe, expect, it } from 'vitest';
import { type QueueHarness, testPolicy } from '../../support/queue/harness.ts';
import { useHarness } from '../../support/queue/use-harness.ts';

const make = useHarness();

/** Admits `people`, one per tick, so that each has its own time of admission. Returns their admission ids by name. */
async function letIn(q: QueueHarness, people: readonly string[]): Promise<Map<string, string>> {
  await q.open(people.length);
  const ids = new Map<string, string>();
  for (const [i, user] of people.entries()) {
    await q.advance(testPolicy.tickMs);
    const { standing } = await q.enter(user, i + 1);
    if (standing.kind !== 'inside') throw new Error(`${user} is not inside`);
    ids.set(user, standing.admissionId);
  }
  return ids;
}

/** Redis loses its data, and the cold wait passes while only `alive` poll. */
async function loseData(q: QueueHarness, limit: number, ids: ReadonlyMap<string, string>, alive: string[]) {
  await q.redis.del(...Object.values(q.keys));
  await q.tick(limit);
  for (const user of alive) await q.heartbeat(user, ids.get(user));
  await q.advance(testPolicy.coldWaitMs);
  for (const user of alive) await q.heartbeat(user, ids.get(user));
}

describe('an entry token that comes back after a loss of data', () => {
  it('the holder waits at the head of the line while the limit is reached', async () => {
    const q = await make();
    const ids = await letIn(q, ['u.a', 'u.b']);
    await loseData(q, 2, ids, []);
    await q.enter('u.new-1', 11);
    await q.enter('u.new-2', 12);
    await q.enter('u.first-in-line', 13);
    await q.tick(2);
    for (const user of ['u.b', 'u.a'])
      expect((await q.heartbeat(user, ids.get(user))).standing.kind).toBe('waiting');
    expect((await q.enter('u.b', 2, { admissionId: ids.get('u.b') ?? '' })).totals.inside).toBe(2);
    expect(await q.redis.zrange(q.keys.waiting, '0', '-1')).toEqual(['u.a', 'u.b', 'u.first-in-line']);
  });

  it('the holder is admitted first when a place becomes free, by the token at once and by the tick', async () => {
    const q = await make();
    const ids = await letIn(q, ['u.a', 'u.b']);
    await loseData(q, 2, ids, []);
    for (const seq of [11, 12, 13]) await q.enter(`u.${seq}`, seq);
    await q.tick(2);
    for (const user of ['u.a', 'u.b']) await q.heartbeat(user, ids.get(user));
    await q.queue.leave(q.line, 'u.11');
    expect((await q.heartbeat('u.b', ids.get('u.b'))).standing).toEqual({ kind: 'waiting', rank: 1 });
    expect((await q.enter('u.b', 2, { admissionId: ids.get('u.b') ?? '' })).standing.kind).toBe('waiting');
    expect((await q.heartbeat('u.a', ids.get('u.a'))).standing).toMatchObject({
      kind: 'inside',
      admissionId: ids.get('u.a'),
    });
    await q.queue.leave(q.line, 'u.12');
    expect((await q.tick(2)).admitted.map(({ user }) => user)).toEqual(['u.b']);
    expect((await q.heartbeat('u.b', ids.get('u.b'))).standing.kind).toBe('inside');
  });

  it('the token admits at once if places are free for its holder and for everybody ahead', async () => {
    const q = await make();
    const ids = await letIn(q, ['u.a', 'u.b', 'u.c']);
    await loseData(q, 3, ids, ['u.a']);
    expect((await q.heartbeat('u.c', ids.get('u.c'))).standing.kind).toBe('inside');
    expect((await q.heartbeat('u.b', ids.get('u.b'))).standing.kind).toBe('inside');
    expect((await q.tick(3)).totals.inside).toBe(3);
  });

  it('the token admits nobody while the limit is unknown', async () => {
    const q = await make();
    const ids = await letIn(q, ['u.a']);
    await q.redis.del(...Object.values(q.keys));
    expect((await q.heartbeat('u.a', ids.get('u.a'))).standing).toEqual({ kind: 'waiting', rank: 0 });
    await q.tick(1);
    expect((await q.heartbeat('u.a', ids.get('u.a'))).standing.kind).toBe('inside');
  });

  it('the token admits during a pause, which admits no new visitor and sends nobody away', async () => {
    const q = await make();
    const ids = await letIn(q, ['u.a']);
    await q.redis.del(...Object.values(q.keys));
    await q.queue.tick(q.line, { value: 0, unpausedValue: 1, version: 1 });
    expect((await q.heartbeat('u.a', ids.get('u.a'))).standing.kind).toBe('inside');
    expect((await q.enter('u.new', 9)).standing.kind).toBe('waiting');
  });
});
