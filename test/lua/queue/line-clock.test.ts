import { describe, expect, it } from 'vitest';
import { type QueueHarness, testPolicy } from '../../support/queue/harness.ts';
import { useHarness } from '../../support/queue/use-harness.ts';

const policy = { ...testPolicy, tickGapMaxMs: 3_000, workerLostMs: 5_000, workerOutMs: 45_000 };
const makeQueue = useHarness();
const make = () => makeQueue(policy);

/** A line of `people` who have just polled, while the limit is 0. */
async function lineOf(q: QueueHarness, people: number): Promise<void> {
  await q.open(0);
  for (let seq = 1; seq <= people; seq += 1) await q.enter(`u.${seq}`, seq);
}

/** Lets seconds pass in which the workers tick and the named visitors poll. */
async function pass(
  q: QueueHarness,
  seconds: number,
  who: readonly QueueHarness['queue'][],
  asking: string[],
) {
  for (let second = 0; second < seconds; second += 1) {
    await q.advance(policy.tickMs);
    for (const queue of who) await queue.tick(q.line, { value: 0, unpausedValue: 9, version: 0 });
    for (const user of asking) await q.heartbeat(user);
  }
}

const called = async (q: QueueHarness, limit: number) => {
  const { admitted, passedOver } = await q.tick(limit);
  return { users: admitted.map(({ user }) => user), passedOver };
};

describe('while no worker ticks', () => {
  it('an outage of all workers or of Redis passes nobody over', async () => {
    const q = await make();
    await lineOf(q, 5);
    await q.advance(60_000);
    await q.enter('u.late', 99);
    expect(await called(q, 3)).toEqual({ users: ['u.1', 'u.2', 'u.3'], passedOver: 0 });
  });

  it('no admission expires and no visit ends during an outage', async () => {
    const q = await make();
    await lineOf(q, 2);
    await called(q, 2);
    await q.heartbeat('u.1');
    await q.advance(policy.activeTtlMs + 60_000);
    expect((await q.tick(2)).totals.inside).toBe(2);
    expect((await q.heartbeat('u.2')).standing.kind).toBe('inside');
    expect((await q.heartbeat('u.1')).standing).toMatchObject({ kind: 'inside' });
  });

  it('no visitor loses the place during an outage', async () => {
    const q = await make();
    await lineOf(q, 2);
    await q.advance(policy.forgetMs * 2);
    expect(await q.queue.sweep(q.line, 100)).toMatchObject({ forgotten: 0 });
  });

  it("the longest visit counts by the server's time", async () => {
    const q = await make();
    await q.open(1);
    const { standing } = await q.enter('u.1', 1);
    await q.advance(policy.stayMaxMs - 1_000);
    await q.tick(1);
    expect((await q.heartbeat('u.1')).standing).toMatchObject({
      kind: 'inside',
      expiresAtMs:
        standing.kind === 'inside' ? Number(standing.admissionId.split('-')[0]) + policy.stayMaxMs : 0,
    });
  });

  it('visitors whose poll was overdue before or becomes overdue afterwards are parked (E2)', async () => {
    const q = await make();
    await lineOf(q, 3);
    await pass(q, 13, [q.queue], ['u.2', 'u.3']);
    await q.advance(60_000);
    expect(await called(q, 1)).toEqual({ users: ['u.2'], passedOver: 1 });
    await pass(q, 13, [q.queue], []);
    expect(await called(q, 2)).toEqual({ users: [], passedOver: 1 });
  });
});

describe('when a worker is lost', () => {
  it('nobody is parked until the visitors of a lost worker have reached another worker', async () => {
    const q = await make();
    const other = q.another('other');
    await lineOf(q, 3);
    await pass(q, 2, [q.queue, other], ['u.1', 'u.2', 'u.3']);
    // The other worker dies; u.1 and u.2 polled through it.
    await pass(q, 40, [q.queue], ['u.3']);
    expect(await called(q, 1)).toEqual({ users: ['u.1'], passedOver: 0 });
    expect((await q.heartbeat('u.1')).standing.kind).toBe('inside');
    expect((await q.heartbeat('u.2')).standing).toEqual({ kind: 'waiting', rank: 0 });
  });

  it('a second worker lost right after the first costs its visitors no turn either', async () => {
    const q = await make();
    const [first, second] = [q.another('first'), q.another('second')];
    await lineOf(q, 3);
    await pass(q, 2, [q.queue, first, second], ['u.1', 'u.2', 'u.3']);
    // The clock stops for the first worker and runs again; then the second one dies.
    await pass(q, 60, [q.queue, second], ['u.1', 'u.2', 'u.3']);
    await pass(q, 40, [q.queue], ['u.3']);
    expect(await called(q, 1)).toEqual({ users: ['u.1'], passedOver: 0 });
  });

  it('a worker lost while the clock is stopped for another costs its visitors no turn either', async () => {
    const q = await make();
    const [first, second] = [q.another('first'), q.another('second')];
    await lineOf(q, 3);
    await pass(q, 2, [q.queue, first, second], ['u.1', 'u.2', 'u.3']);
    await pass(q, 40, [q.queue, second], ['u.1', 'u.2', 'u.3']);
    // 36 s, the longest delay of a page's poll, end after the first stop.
    await pass(q, 36, [q.queue], ['u.3']);
    expect(await called(q, 1)).toEqual({ users: ['u.1'], passedOver: 0 });
  });

  it('a visitor who does not return is parked after that time (E2)', async () => {
    const q = await make();
    const other = q.another('other');
    await lineOf(q, 3);
    await pass(q, 2, [q.queue, other], ['u.3']);
    await pass(q, 5 + 45 + 15, [q.queue], ['u.3']);
    expect(await called(q, 1)).toEqual({ users: ['u.3'], passedOver: 2 });
  });

  it('a drained worker is not lost: overdue visitors are parked as usual', async () => {
    const q = await make();
    const other = q.another('other');
    await lineOf(q, 2);
    await pass(q, 2, [q.queue, other], ['u.1', 'u.2']);
    await other.drainWorker(q.line);
    await pass(q, 20, [q.queue], ['u.2']);
    expect(await called(q, 1)).toEqual({ users: ['u.2'], passedOver: 1 });
  });

  it('workers that fail again and again stop the line at most half of the time', async () => {
    const q = await make();
    await lineOf(q, 2);
    const clock = async () => Number(await q.redis.hget(q.keys.meta, 'heard'));
    const [from, fromMs] = [await clock(), q.nowMs];
    for (let i = 0; i < 200; i += 1) await pass(q, 2, [q.queue, q.another(`worker-${i}`)], ['u.2']);
    // The clock may stop twice in a row before it must catch up.
    expect((await clock()) - from).toBeGreaterThanOrEqual((q.nowMs - fromMs) / 2 - policy.workerOutMs);
    expect(await called(q, 1)).toEqual({ users: ['u.2'], passedOver: 1 });
  });

  it('no worker counts as lost after an outage of Redis', async () => {
    const q = await make();
    const other = q.another('other');
    await lineOf(q, 2);
    await pass(q, 2, [q.queue, other], ['u.1', 'u.2']);
    await q.advance(20_000);
    await pass(q, 20, [q.queue, other], ['u.2']);
    expect(await called(q, 1)).toEqual({ users: ['u.2'], passedOver: 1 });
  });
});
