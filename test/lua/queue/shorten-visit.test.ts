import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createHolds } from '#adapters/redis/holds.ts';
import { closeHarnesses, type QueueHarness, queueHarness, testPolicy } from '../../support/queue/harness.ts';
import { type RedisServer, startRedis } from '../../support/servers/redis.ts';

let server: RedisServer;
let make: () => Promise<QueueHarness>;

beforeAll(async () => {
  server = await startRedis();
  const look = server.client();
  make = () => queueHarness(server, look);
});
afterAll(async () => {
  closeHarnesses();
  await server.stop();
});

async function inside(q: QueueHarness): Promise<void> {
  await q.open(1);
  expect((await q.enter('u.a', 1)).standing.kind).toBe('inside');
}
const insideAfter = async (q: QueueHarness, ms: number) => {
  await q.advance(ms);
  return (await q.tick(1)).totals.inside;
};

describe('a closed page', () => {
  it('a closed page shortens the visit to a minute; then the place is free', async () => {
    const q = await make();
    await inside(q);
    expect(await q.queue.away(q.line, 'u.a')).toBe('shortened');
    expect(await insideAfter(q, testPolicy.awayMs - 2_000)).toBe(1);
    await q.enter('u.b', 2);
    expect(await insideAfter(q, 1_000)).toBe(1);
    expect((await q.heartbeat('u.b')).standing.kind).toBe('inside');
    expect((await q.heartbeat('u.a')).standing.kind).toBe('absent');
  });

  it('a refresh or a return restores the whole time, by heartbeat or by check', async () => {
    for (const back of ['heartbeat', 'enter'] as const) {
      const q = await make();
      await inside(q);
      await q.queue.away(q.line, 'u.a');
      await q.advance(30_000);
      const { standing } = await (back === 'heartbeat' ? q.heartbeat('u.a') : q.enter('u.a', 1));
      expect(standing).toMatchObject({ kind: 'inside', expiresAtMs: q.nowMs + testPolicy.activeTtlMs });
    }
  });

  it('a late or repeated call lengthens no visit', async () => {
    const q = await make();
    await inside(q);
    await q.queue.away(q.line, 'u.a');
    await q.advance(30_000);
    expect(await q.queue.away(q.line, 'u.a')).toBe('shortened');
    expect(await insideAfter(q, testPolicy.awayMs - 30_000)).toBe(0);
    expect(await q.queue.away(q.line, 'u.a')).toBe('not-inside');
  });

  it('a closed page changes nothing for a shopper who holds seats, an admitted visitor who has not polled, and a visitor in line', async () => {
    const q = await make();
    const holds = createHolds(server.client(), {
      raiseEpoch: async () => 1,
    });
    await inside(q);
    const hold = { eventId: q.line.eventId, reservationId: 'r-1', userId: 'a', seatIds: ['A-1-1'] };
    await holds.hold({ ...hold, expiresAtMs: Date.now() + 24 * 60 * 60_000 });
    expect(await q.queue.away(q.line, 'u.a')).toBe('holds-seats');
    expect(await insideAfter(q, testPolicy.awayMs)).toBe(1);
    await q.enter('u.b', 2);
    expect(await q.queue.away(q.line, 'u.b')).toBe('not-inside');
    await q.queue.leave(q.line, 'u.a');
    await q.heartbeat('u.b');
    await q.tick(1);
    expect(await q.queue.away(q.line, 'u.b')).toBe('not-inside');
    expect(await insideAfter(q, testPolicy.awayMs)).toBe(1);
  });
});
