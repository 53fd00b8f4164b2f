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

describe('the queue page', () => {
  it('the queue page joins once and then polls at the server’s interval', async () => {
    queue.start();
    await test.run(30_000);
    expect(test.count('check')).toBe(1);
    expect(test.count('status')).toBeGreaterThanOrEqual(4);
    expect(test.count('status')).toBeLessThanOrEqual(7);
    expect(queue.view()).toMatchObject({ phase: 'waiting', aheadAtJoin: 40, place: { peopleAhead: 30 } });
  });

  it('an admitted shopper goes to the seats, whatever address the answer names', async () => {
    test.status = () => ({ body: { ...admitted.body, redirectTo: '//evil.example' } });
    queue.start();
    await test.run(10_000);
    expect(test.went).toEqual(['/seats/spring']);
  });

  it('a join of the queue clears the departures of the waiting page, and a refused one does not', async () => {
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

  it('an absent shopper joins again automatically', async () => {
    test.status = () => ({ body: { state: 'absent', ...totals } });
    queue.start();
    await test.run(20_000);
    expect(test.count('check')).toBeGreaterThan(1);
    expect(queue.view().phase).not.toBe('left');
  });

  it('a shopper who leaves does not join again through an answer that was under way', async () => {
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

  it('an expired session is refreshed once, and then the page asks for sign-in', async () => {
    test.check = () => ({ code: 'NOT_SIGNED_IN' });
    queue.start();
    await test.run(60_000);
    expect(queue.view().phase).toBe('sign-in');
    expect([test.count('check'), test.count('refresh')]).toEqual([1, 1]);
  });

  it('a session that this tab or another refreshed continues the join', async () => {
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

  it('a shopper without a pass goes to the waiting room, and a second time waits first', async () => {
    test.check = () => ({ code: 'PASS_REQUIRED' });
    queue.start();
    await test.run(1_000);
    expect(test.went).toEqual(['/vwr/spring']);
    const { ports, test: again } = createLineWorld(test.memory);
    again.sleep(test.nowMs() - again.nowMs());
    again.check = () => ({ code: 'PASS_REQUIRED' });
    createQueue('spring', ports, () => {}).start();
    await again.run(4_000);
    expect(again.went).toEqual([]);
  });

  it('an event without a queue leads to the seats, and a closed one shows that the sale has ended', async () => {
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
  ] as const)('the refusal %s stops the polls', async (code, phase) => {
    test.check = () => ({ code });
    queue.start();
    await test.run(60_000);
    expect(queue.view().phase).toBe(phase);
    expect(test.requests).toHaveLength(1);
  });

  it('an outage slows the polls down, keeps the place on the page and ends automatically', async () => {
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
