import { beforeEach, describe, expect, it } from 'vitest';
import { createQueue, type Queue } from '../../../../web/queue/queue.ts';
import { createLineWorld } from '../line/fake-line-ports.ts';

let test: ReturnType<typeof createLineWorld>['test'];
let ports: ReturnType<typeof createLineWorld>['ports'];
let queue: Queue;

const totals = { currentUsers: 1000, threshold: 1000, eventState: 'open', nextPoll: 5 };
const waiting = (peopleAhead: number) => ({
  body: {
    state: 'waiting',
    position: peopleAhead + 1,
    peopleAhead,
    peopleBehind: 3,
    estimatedWait: null,
    ...totals,
  },
});
const admitted = { body: { state: 'admitted', redirectTo: '/seats/spring', ...totals } };

beforeEach(() => {
  const made = createLineWorld();
  test = made.test;
  ports = made.ports;
  test.check = () => waiting(40);
  test.status = () => waiting(30);
  queue = createQueue('spring', ports, () => {});
});

describe('standing in the admission queue', () => {
  it('joins once and then asks as often as the server says', async () => {
    queue.start();
    await test.run(30_000);
    expect(test.count('check')).toBe(1);
    expect(test.count('status')).toBeGreaterThanOrEqual(4);
    expect(test.count('status')).toBeLessThanOrEqual(7);
    expect(queue.view()).toMatchObject({ phase: 'waiting', aheadAtJoin: 40, place: { peopleAhead: 30 } });
  });

  it('goes to the seats by itself when admitted, and nowhere else', async () => {
    test.status = () => ({ body: { ...admitted.body, redirectTo: '//evil.example' } });
    queue.start();
    await test.run(10_000);
    expect(test.went).toEqual(['/seats/spring']);
  });

  it('a visitor who came from the waiting room and is in line was not sent back by coming again', async () => {
    test.memory.set('urr.departures.vwr.spring', '1,2,3');
    test.check = () => ({ code: 'PASS_REQUIRED' });
    queue.start();
    await test.run(500);
    expect(test.memory.get('urr.departures.vwr.spring')).toBe('1,2,3');
    test.check = () => waiting(40);
    const again = createQueue('spring', ports, () => {});
    again.start();
    await test.run(500);
    expect(test.memory.get('urr.departures.vwr.spring')).toBe('');
    again.stop();
  });

  it('joins again by itself when the line was lost', async () => {
    test.status = () => ({ body: { state: 'absent', ...totals } });
    queue.start();
    await test.run(20_000);
    expect(test.count('check')).toBeGreaterThan(1);
    expect(queue.view().phase).not.toBe('left');
  });

  it('does not join again after leaving, whatever answer was still under way', async () => {
    test.latencyMs = 1_000;
    queue.start();
    await test.run(6_500);
    const leaving = queue.leave();
    test.status = () => admitted;
    await test.run(5_000);
    await leaving;
    await test.run(60_000);
    expect(test.went).toEqual([]);
    expect(queue.view().phase).toBe('left');
    expect(test.count('check')).toBe(1);
    queue.joinAgain();
    await test.run(5_000);
    expect(test.count('check')).toBe(2);
    expect(queue.view().phase).toBe('waiting');
  });

  it('refreshes the sign-in once, and asks to sign in when that does not help', async () => {
    test.check = () => ({ code: 'NOT_SIGNED_IN' });
    queue.start();
    await test.run(60_000);
    expect(queue.view().phase).toBe('sign-in');
    expect([test.count('check'), test.count('refresh')]).toEqual([1, 1]);
  });

  it('goes on after the sign-in was refreshed, by this tab or by another', async () => {
    for (const refresh of [{ body: { expiresInSeconds: 600 } }, { code: 'CONFLICT' }]) {
      const { ports, test: other } = createLineWorld();
      other.refresh = () => refresh;
      other.check = () => (other.count('refresh') === 0 ? { code: 'NOT_SIGNED_IN' } : waiting(2));
      const refreshed = createQueue('spring', ports, () => {});
      refreshed.start();
      await other.run(1_000);
      expect(refreshed.view().phase).toBe('waiting');
    }
  });

  it('goes back to the waiting room without a pass, but not in circles', async () => {
    test.check = () => ({ code: 'PASS_REQUIRED' });
    queue.start();
    await test.run(1_000);
    expect(test.went).toEqual(['/vwr/spring']);
    const { ports, test: again } = createLineWorld();
    for (const [key, value] of test.memory) again.memory.set(key, value);
    again.sleep(test.nowMs() - again.nowMs());
    again.check = () => ({ code: 'PASS_REQUIRED' });
    createQueue('spring', ports, () => {}).start();
    await again.run(4_000);
    expect(again.went).toEqual([]);
  });

  it('lets the visitor through when there is no queue now, and says when the sale is over', async () => {
    test.check = () => ({ code: 'WAITING_ROOM_INACTIVE' });
    queue.start();
    await test.run(1_000);
    expect([test.went, test.hints]).toEqual([['/seats/spring'], ['spring']]);

    const { ports, test: closed } = createLineWorld();
    closed.check = () => ({ code: 'WAITING_ROOM_INACTIVE' });
    const event = { eventId: 'spring', state: 'closed', mode: 'both', isGated: false, requiresSignIn: false };
    closed.event = () => ({
      body: { ...event, title: { ko: '', en: '' }, venue: {}, prices: [], seatsPerOrder: 4 },
    });
    const over = createQueue('spring', ports, () => {});
    over.start();
    await closed.run(10_000);
    expect([over.view().phase, closed.went]).toEqual(['closed', []]);
  });

  it.each([
    ['NOT_FOUND', 'not-open'],
    ['FORBIDDEN', 'not-open'],
    ['WRONG_ACCOUNT', 'refused'],
  ] as const)('stops asking after %s', async (code, phase) => {
    test.check = () => ({ code });
    queue.start();
    await test.run(60_000);
    expect(queue.view().phase).toBe(phase);
    expect(test.requests).toHaveLength(1);
  });

  it('backs off while the service is away, keeps showing the place, and recovers by itself', async () => {
    queue.start();
    await test.run(1_000);
    test.status = () => ({ code: 'UNAVAILABLE' });
    await test.run(60_000);
    expect(queue.view()).toMatchObject({
      phase: 'waiting',
      isReconnecting: true,
      place: { peopleAhead: 40 },
    });
    expect(test.count('status')).toBeLessThan(9);
    test.status = () => waiting(10);
    await test.run(40_000);
    expect(queue.view()).toMatchObject({ isReconnecting: false, place: { peopleAhead: 10 } });
  });
});
