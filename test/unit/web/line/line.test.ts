import { beforeEach, describe, expect, it } from 'vitest';
import { createLine } from '../../../../web/line/line.ts';
import {
  type Line,
  type LineView,
  msToCome,
  msUntilOpening,
  offersSignIn,
} from '../../../../web/line/line-view.ts';
import { createLineWorld, status, ticket } from './fake-line-ports.ts';

let test: ReturnType<typeof createLineWorld>['test'];
let line: Line;
let views: LineView[];

beforeEach(() => {
  const made = createLineWorld();
  test = made.test;
  views = [];
  line = createLine('spring', made.ports, (view) => views.push(view));
});

const admitted = {
  body: { state: 'admitted', redirectTo: '/queue/spring', passExpiresAt: '2026-11-01T00:00:00Z' },
};
const called = { body: status({ serving: [100] }) };

describe('standing in line', () => {
  it('joins once, then reads only the shared document', async () => {
    line.start();
    await test.run(60_000);
    expect(test.count('assign')).toBe(1);
    expect(test.count('check')).toBe(0);
    expect(test.count('status')).toBeGreaterThan(20);
    expect(line.view()).toMatchObject({ phase: 'waiting', peopleAhead: 99 });
  });

  it('never has two requests under way, whatever wakes it', async () => {
    test.latencyMs = 3_000;
    line.start();
    for (let n = 0; n < 50; n += 1) {
      await test.run(300);
      line.wake();
    }
    expect(test.mostAtOnce()).toBe(1);
  });

  it('asks for the pass only when its number is up, and goes where it is told', async () => {
    test.check = () => admitted;
    line.start();
    await test.run(10_000);
    expect(test.count('check')).toBe(0);
    test.status = () => called;
    await test.run(3_000);
    expect(test.count('check')).toBe(1);
    expect(test.went).toEqual(['/queue/spring']);
    expect(test.hints).toEqual([]);
    await test.run(60_000);
    expect(test.requests.at(-1)?.kind).toBe('check');
  });

  it('offers to sign in while one waits, to those who have not, and not when the turn has come', async () => {
    test.check = () => admitted;
    for (const [isSignedIn, offered] of [
      [false, true],
      [true, false],
      [undefined, false],
    ] as const) {
      test.assign = () => ({ body: ticket({ isSignedIn }) });
      line.joinAgain();
      await test.run(3_000);
      expect(offersSignIn(line.view())).toBe(offered);
    }
    test.assign = () => ({ body: ticket({ isSignedIn: false }) });
    test.status = () => called;
    line.joinAgain();
    await test.run(3_000);
    expect(offersSignIn(line.view())).toBe(false);
  });

  it('tells the edge that the door is open when it is let through without a pass', async () => {
    test.status = () => called;
    test.check = () => ({ body: { state: 'admitted', redirectTo: '/queue/spring' } });
    line.start();
    await test.run(1_000);
    expect(test.hints).toEqual(['spring']);
  });

  it('does not go to another site, whatever the answer says', async () => {
    test.status = () => called;
    for (const redirectTo of ['//evil.example/x', 'https://evil.example', 'javascript:alert(1)', '/\\evil']) {
      const { ports, test: other } = createLineWorld();
      other.status = () => called;
      other.check = () => ({ body: { state: 'admitted', redirectTo } });
      createLine('spring', ports, () => {}).start();
      await other.run(1_000);
      expect(other.went).toEqual(['/queue/spring']);
    }
  });

  it('computes its place from the document, shard by shard', async () => {
    test.assign = () => ({ body: ticket({ place: { shard: 1, seq: 10 } }) });
    test.status = () => ({ body: status({ serving: [4, 4], issued: [10, 10] }) });
    line.start();
    await test.run(1_000);
    expect(line.view().peopleAhead).toBe(6 + 5);
  });

  it('goes on waiting when the server knows better than a cached document', async () => {
    test.status = () => called;
    line.start();
    await test.run(5_000);
    expect(line.view()).toMatchObject({ phase: 'waiting', peopleAhead: 1 });
    expect(test.count('check')).toBeGreaterThan(1);
  });
});

describe('a room that is off, and a sale that is over', () => {
  it('lets the visitor through when there is no waiting room, with the hint the edge needs', async () => {
    test.assign = () => ({ code: 'WAITING_ROOM_INACTIVE' });
    test.status = () => ({ body: status({ state: 'inactive' }) });
    line.start();
    await test.run(1_000);
    expect(test.went).toEqual(['/queue/spring']);
    expect(test.hints).toEqual(['spring']);
  });

  it('goes to the seats where the event has no second line', async () => {
    test.assign = () => ({ code: 'WAITING_ROOM_INACTIVE' });
    test.status = () => ({ body: status({ state: 'inactive', mode: 'waiting-room' }) });
    line.start();
    await test.run(1_000);
    expect(test.went).toEqual(['/seats/spring']);
  });

  it('goes through when the room is switched off while waiting, without asking the origin', async () => {
    line.start();
    await test.run(5_000);
    test.status = () => ({ body: status({ state: 'inactive' }) });
    await test.run(20_000);
    expect(test.went).toEqual(['/queue/spring']);
    expect(test.count('check')).toBe(0);
  });

  it('does not run in circles with a gate that sends it back', async () => {
    test.status = () => called;
    test.check = () => admitted;
    line.start();
    await test.run(1_000);
    expect(test.went).toHaveLength(1);
    // The gate sends the browser back: the page starts again in the same tab.
    for (let back = 0; back < 3; back += 1) {
      const { ports, test: again } = createLineWorld();
      for (const [key, value] of test.memory) again.memory.set(key, value);
      again.sleep(test.nowMs() - again.nowMs());
      again.status = () => called;
      again.check = () => admitted;
      const returned = createLine('spring', ports, () => {});
      returned.start();
      await again.run(4_000);
      expect(again.went).toEqual([]);
      expect(returned.view()).toMatchObject({ phase: 'leaving', wasSentBack: true });
      await again.run(17_000);
      expect(again.went).toEqual(['/queue/spring']);
      for (const [key, value] of again.memory) test.memory.set(key, value);
      test.sleep(again.nowMs() - test.nowMs());
    }
  });

  it('says that the sale has ended, and watches the shared document alone in case it opens again', async () => {
    test.assign = () => ({ code: 'WAITING_ROOM_INACTIVE' });
    test.status = () => ({ body: status({ state: 'closed' }) });
    line.start();
    await test.run(120_000);
    expect(line.view().phase).toBe('closed');
    expect(test.count('assign')).toBe(1);
    test.assign = () => ({ body: ticket({}) });
    test.status = () => ({ body: status({}) });
    await test.run(20_000);
    expect(line.view().phase).toBe('waiting');
  });

  it.each([
    ['EVENT_NOT_FOUND', 'no-event'],
    ['NOT_SIGNED_IN', 'sign-in'],
    ['FORBIDDEN', 'refused'],
  ] as const)('stops asking after %s', async (code, phase) => {
    test.assign = () => ({ code });
    line.start();
    await test.run(60_000);
    expect(line.view().phase).toBe(phase);
    expect(test.count('assign')).toBe(1);
    // Whoever was signed in may only need a fresh session.
    expect(test.count('refresh')).toBe(code === 'NOT_SIGNED_IN' ? 1 : 0);
  });

  it('asks to sign in when the event has begun to ask for accounts', async () => {
    line.start();
    await test.run(1_000);
    test.status = () => ({ body: status({ serving: [100], issued: [100] }) });
    test.check = () => ({ code: 'NOT_SIGNED_IN' });
    await test.run(60_000);
    expect(line.view().phase).toBe('sign-in');
    expect(test.count('check')).toBe(1);
  });

  it('goes on by itself when the session can be refreshed', async () => {
    let sessions = 0;
    test.assign = () => (sessions === 0 ? { code: 'NOT_SIGNED_IN' } : { body: ticket({}) });
    test.refresh = () => {
      sessions += 1;
      return { body: { expiresInSeconds: 300 } };
    };
    line.start();
    await test.run(5_000);
    expect(line.view().phase).toBe('waiting');
  });
});

describe('a place that is kept or lost', () => {
  it('joins again when the line was reset, and says so', async () => {
    line.start();
    await test.run(1_000);
    test.status = () => ({ body: status({ generation: 2 }) });
    test.assign = () => ({ body: ticket({ generation: 2, position: 7, place: { shard: 0, seq: 7 } }) });
    await test.run(10_000);
    expect(line.view()).toMatchObject({ phase: 'waiting', wasRestarted: true, ticket: { position: 7 } });
    expect(test.count('assign')).toBe(2);
  });

  it('pays no attention to a document older than its ticket', async () => {
    test.assign = () => ({ body: ticket({ generation: 2 }) });
    test.status = () => ({ body: status({ generation: 1, serving: [100] }) });
    line.start();
    await test.run(20_000);
    expect(test.count('assign')).toBe(1);
    expect(test.count('check')).toBe(0);
  });

  it('lets a visitor whose turn has passed join again by hand, not by itself', async () => {
    test.status = () => called;
    test.check = () => ({ body: { state: 'expired' } });
    line.start();
    await test.run(60_000);
    expect(line.view().phase).toBe('expired');
    expect(test.count('assign')).toBe(1);
    test.status = () => ({ body: status({ issued: [300], serving: [100] }) });
    test.assign = () => ({ body: ticket({ position: 300, place: { shard: 0, seq: 300 } }) });
    line.joinAgain();
    await test.run(5_000);
    expect(line.view()).toMatchObject({ phase: 'waiting', peopleAhead: 199 });
  });

  it('asks for its place again when the ticket is gone, but not without end', async () => {
    test.status = () => called;
    test.check = () => ({ code: 'TICKET_REQUIRED' });
    line.start();
    await test.run(600_000);
    expect(line.view().phase).toBe('refused');
    expect(test.count('assign')).toBeLessThanOrEqual(9);
  });

  it('keeps the progress bar where it was over a refresh', async () => {
    line.start();
    await test.run(1_000);
    expect(line.view().aheadAtJoin).toBe(99);
    line.stop();
    const { ports, test: refreshed } = createLineWorld();
    for (const [key, value] of test.memory) refreshed.memory.set(key, value);
    refreshed.assign = () => ({ body: ticket({ peopleAhead: 40 }) });
    const again = createLine('spring', ports, () => {});
    again.start();
    await refreshed.run(1_000);
    expect(again.view().aheadAtJoin).toBe(99);
  });
});

describe('a network from which too many join', () => {
  it('is told so, and joins by itself when the server allows it, not before', async () => {
    test.assign = () => ({ code: 'TOO_MANY_REQUESTS', retryAfterSeconds: 120 });
    line.start();
    await test.run(100_000);
    expect(test.count('assign')).toBe(1);
    expect(line.view()).toMatchObject({ phase: 'joining', isNetworkFull: true, isReconnecting: false });
    line.wake();
    await test.run(1_000);
    expect(test.count('assign')).toBe(1);
    test.assign = () => ({ body: ticket({}) });
    await test.run(120_000);
    expect(test.count('assign')).toBe(2);
    expect(line.view()).toMatchObject({ phase: 'waiting', isNetworkFull: false });
  });
});

describe('a lost network', () => {
  it('keeps the place, says that it reconnects, backs off, and recovers by itself', async () => {
    line.start();
    await test.run(1_000);
    test.status = () => 'lost';
    await test.run(10_000);
    expect(line.view()).toMatchObject({ phase: 'waiting', isReconnecting: true, peopleAhead: 99 });
    const before = test.requests.length;
    await test.run(300_000);
    expect(test.requests.length - before).toBeLessThanOrEqual(14);
    test.status = () => ({ body: status({}) });
    await test.run(40_000);
    expect(line.view()).toMatchObject({ phase: 'waiting', isReconnecting: false });
    expect(test.count('assign')).toBe(1);
  });

  it('does not worry anyone about one lost request', async () => {
    line.start();
    await test.run(1_000);
    let asked = 0;
    test.status = () => {
      asked += 1;
      return asked === 1 ? 'lost' : { body: status({}) };
    };
    await test.run(10_000);
    expect(views.some(({ isReconnecting }) => isReconnecting)).toBe(false);
  });

  it('honours Retry-After, and no waking makes it ask sooner', async () => {
    line.start();
    await test.run(1_000);
    test.status = () => ({ code: 'TOO_MANY_REQUESTS', retryAfterSeconds: 60 });
    await test.run(5_000);
    const before = test.requests.length;
    for (let n = 0; n < 50; n += 1) {
      await test.run(1_000);
      line.wake();
    }
    expect(test.requests.length).toBe(before);
    test.status = () => ({ body: status({}) });
    await test.run(60_000);
    expect(test.requests.length).toBeGreaterThan(before);
  });

  it('asks at once after sleep, and not more than once per gap however often it is woken', async () => {
    test.assign = () => ({ body: ticket({ peopleAhead: 5_000, place: { shard: 0, seq: 5_001 } }) });
    test.status = () => ({ body: status({ issued: [5_001] }) });
    line.start();
    await test.run(1_000);
    const before = test.requests.length;
    test.sleep(3_600_000);
    line.wake();
    await test.run(100);
    expect(test.requests.length).toBe(before + 1);
    for (let n = 0; n < 100; n += 1) {
      line.wake();
      await test.run(10);
    }
    expect(test.requests.length).toBeLessThanOrEqual(before + 2);
  });

  it('joins later when the first try is lost', async () => {
    test.assign = () => 'lost';
    line.start();
    await test.run(5_000);
    test.assign = () => ({ body: ticket({}) });
    await test.run(10_000);
    expect(line.view().phase).toBe('waiting');
  });
});

describe('the countdown', () => {
  it("follows the server's clock, not the visitor's", async () => {
    const aheadMs = 3_600_000;
    const opensAt = new Date(test.nowMs() + aheadMs + 60_000).toISOString();
    // Every second document comes out of a cache and is three seconds old.
    let documents = 0;
    test.status = () => {
      documents += 1;
      const ageMs = documents % 2 === 0 ? 3_000 : 0;
      return { body: status({ state: 'upcoming', opensAt, serverTimeMs: test.nowMs() + aheadMs - ageMs }) };
    };
    line.start();
    for (let second = 1; second <= 45; second += 1) {
      await test.run(1_000);
      expect(msUntilOpening(line.view(), test.nowMs())).toBe(60_000 - second * 1_000);
    }
    expect(documents).toBeGreaterThan(2);
  });
});

describe('a call', () => {
  const windowMs = 300_000;
  const calledSince = (ageMs: number) => {
    const reached = [{ level: 100, atMs: test.nowMs() - ageMs }];
    test.status = () => ({ body: status({ serving: [100], reached, serverTimeMs: test.nowMs() }) });
    test.check = () => 'lost';
    line.start();
  };

  it('shows by when to come, second by second, while the pass cannot be fetched', async () => {
    calledSince(10_000);
    await test.run(1_000);
    expect(line.view()).toMatchObject({ phase: 'called', call: { round: 1 } });
    expect(msToCome(line.view(), test.nowMs())).toBe(windowMs - 11_000);
    await test.run(100_000);
    expect(msToCome(line.view(), test.nowMs())).toBe(windowMs - 111_000);
  });

  it('that was missed is repeated once, for as long again', async () => {
    calledSince(windowMs - 20_000);
    await test.run(1_000);
    expect(line.view().call?.round).toBe(1);
    await test.run(90_000);
    expect(line.view().call?.round).toBe(2);
    expect(msToCome(line.view(), test.nowMs())).toBe(2 * windowMs - (windowMs - 20_000) - 91_000);
  });

  it('of which the line has kept no time yet gives no more time for being asked again', async () => {
    test.status = () => ({ body: status({ serving: [100], serverTimeMs: test.nowMs() }) });
    test.check = () => 'lost';
    line.start();
    await test.run(60_000);
    expect(msToCome(line.view(), test.nowMs())).toBeLessThanOrEqual(windowMs - 59_000);
  });
});

it('a page that stays open for days renews its ticket before it ends, and keeps its place', async () => {
  line.start();
  await test.run(11 * 3_600_000);
  expect(test.count('assign')).toBe(1);
  await test.run(2 * 3_600_000);
  expect(test.count('assign')).toBe(2);
  expect(line.view()).toMatchObject({ phase: 'waiting', ticket: { position: 100 } });
});
