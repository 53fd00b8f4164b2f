import { beforeEach, describe, expect, it } from 'vitest';
import { openLine, status, ticket } from './fake-line-ports.ts';

let { line, test } = openLine();

beforeEach(() => {
  ({ line, test } = openLine());
});

const admitted = {
  body: { state: 'admitted', redirectTo: '/queue/spring', passExpiresAt: '2026-11-01T00:00:00Z' },
};
const called = { body: status({ serving: [100] }) };

describe('a waiting page', () => {
  it('a waiting page joins once and then reads only the shared document', async () => {
    line.start();
    await test.run(60_000);
    expect(test.count('assign')).toBe(1);
    expect(test.count('check')).toBe(0);
    expect(test.count('status')).toBeGreaterThan(20);
    expect(line.view()).toMatchObject({ phase: 'waiting', peopleAhead: 99 });
  });

  it('a waiting page never has two requests under way, however often it is woken', async () => {
    test.latencyMs = 3_000;
    line.start();
    for (let n = 0; n < 50; n += 1) {
      await test.run(300);
      line.wake();
    }
    expect(test.mostAtOnce()).toBe(1);
  });

  it('a waiting page requests the pass only after its call, and goes to the address in the answer', async () => {
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

  it('an admission without a pass sets the hint for the edge', async () => {
    test.status = () => called;
    test.check = () => ({ body: { state: 'admitted', redirectTo: '/queue/spring' } });
    line.start();
    await test.run(1_000);
    expect(test.hints).toEqual(['spring']);
  });

  it('a redirect to another site leads to the queue page instead', async () => {
    test.status = () => called;
    for (const redirectTo of ['//evil.example/x', 'https://evil.example', 'javascript:alert(1)', '/\\evil']) {
      const { line: misled, test: other } = openLine();
      other.status = () => called;
      other.check = () => ({ body: { state: 'admitted', redirectTo } });
      misled.start();
      await other.run(1_000);
      expect(other.went).toEqual(['/queue/spring']);
    }
  });

  it('the people ahead are counted over all shards of the document', async () => {
    test.assign = () => ({ body: ticket({ place: { shard: 1, seq: 10 } }) });
    test.status = () => ({ body: status({ serving: [4, 4], issued: [10, 10] }) });
    line.start();
    await test.run(1_000);
    expect(line.view().peopleAhead).toBe(6 + 5);
  });

  it('a visitor whom a cached document calls too early continues to wait', async () => {
    test.status = () => called;
    line.start();
    await test.run(5_000);
    expect(line.view()).toMatchObject({ phase: 'waiting', peopleAhead: 1 });
    expect(test.count('check')).toBeGreaterThan(1);
  });
});

describe('a waiting room that is off, and a closed sale', () => {
  it('a visitor of an inactive waiting room goes to the queue, with the hint for the edge', async () => {
    test.assign = () => ({ code: 'WAITING_ROOM_INACTIVE' });
    test.status = () => ({ body: status({ state: 'inactive' }) });
    line.start();
    await test.run(1_000);
    expect(test.went).toEqual(['/queue/spring']);
    expect(test.hints).toEqual(['spring']);
  });

  it('a visitor of an inactive waiting room goes to the seats of an event without a queue', async () => {
    test.assign = () => ({ code: 'WAITING_ROOM_INACTIVE' });
    test.status = () => ({ body: status({ state: 'inactive', mode: 'waiting-room' }) });
    line.start();
    await test.run(1_000);
    expect(test.went).toEqual(['/seats/spring']);
  });

  it('a visitor who waits goes to the queue when the waiting room is switched off, without a check', async () => {
    line.start();
    await test.run(5_000);
    test.status = () => ({ body: status({ state: 'inactive' }) });
    await test.run(20_000);
    expect(test.went).toEqual(['/queue/spring']);
    expect(test.count('check')).toBe(0);
  });

  it('a visitor whom the gate sends back waits before the next try', async () => {
    test.status = () => called;
    test.check = () => admitted;
    line.start();
    await test.run(1_000);
    expect(test.went).toHaveLength(1);
    // The gate sends the browser back: the page starts again in the same tab.
    for (let back = 0; back < 3; back += 1) {
      const { line: returned, test: again } = openLine(test.memory);
      again.sleep(test.nowMs() - again.nowMs());
      again.status = () => called;
      again.check = () => admitted;
      returned.start();
      await again.run(4_000);
      expect(again.went).toEqual([]);
      expect(returned.view()).toMatchObject({ phase: 'leaving', wasSentBack: true });
      await again.run(17_000);
      expect(again.went).toEqual(['/queue/spring']);
      test.sleep(again.nowMs() - test.nowMs());
    }
  });

  it('a closed sale is shown as ended, and joined again when the document says that it is open', async () => {
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
  ] as const)('the refusal %s stops the polls', async (code, phase) => {
    test.assign = () => ({ code });
    line.start();
    await test.run(60_000);
    expect(line.view().phase).toBe(phase);
    expect(test.count('assign')).toBe(1);
    // The session may only have expired.
    expect(test.count('refresh')).toBe(code === 'NOT_SIGNED_IN' ? 1 : 0);
  });

  it('a check refused for sign-in asks the visitor to sign in', async () => {
    line.start();
    await test.run(1_000);
    test.status = () => ({ body: status({ serving: [100], issued: [100] }) });
    test.check = () => ({ code: 'NOT_SIGNED_IN' });
    await test.run(60_000);
    expect(line.view().phase).toBe('sign-in');
    expect(test.count('check')).toBe(1);
  });

  it('a join refused for an expired session is repeated after the refresh', async () => {
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

describe('a place in the line', () => {
  it('a reset of the line gives the visitor a new place and shows it', async () => {
    line.start();
    await test.run(1_000);
    test.status = () => ({ body: status({ generation: 2 }) });
    test.assign = () => ({ body: ticket({ generation: 2, position: 7, place: { shard: 0, seq: 7 } }) });
    await test.run(10_000);
    expect(line.view()).toMatchObject({ phase: 'waiting', wasRestarted: true, ticket: { position: 7 } });
    expect(test.count('assign')).toBe(2);
  });

  it('a document of an older generation than the ticket is ignored', async () => {
    test.assign = () => ({ body: ticket({ generation: 2 }) });
    test.status = () => ({ body: status({ generation: 1, serving: [100] }) });
    line.start();
    await test.run(20_000);
    expect(test.count('assign')).toBe(1);
    expect(test.count('check')).toBe(0);
  });

  it('a visitor with an expired place joins again only by a press', async () => {
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

  it('a lost ticket is requested again, eight times at most', async () => {
    test.status = () => called;
    test.check = () => ({ code: 'TICKET_REQUIRED' });
    line.start();
    await test.run(600_000);
    expect(line.view().phase).toBe('refused');
    expect(test.count('assign')).toBeLessThanOrEqual(9);
  });

  it('a refresh keeps the progress bar', async () => {
    line.start();
    await test.run(1_000);
    expect(line.view().aheadAtJoin).toBe(99);
    line.stop();
    const { line: again, test: refreshed } = openLine(test.memory);
    refreshed.assign = () => ({ body: ticket({ peopleAhead: 40 }) });
    again.start();
    await refreshed.run(1_000);
    expect(again.view().aheadAtJoin).toBe(99);
  });

  it('a page that stays open renews its ticket after 12 hours and keeps its place', async () => {
    line.start();
    await test.run(11 * 3_600_000);
    expect(test.count('assign')).toBe(1);
    await test.run(2 * 3_600_000);
    expect(test.count('assign')).toBe(2);
    expect(line.view()).toMatchObject({ phase: 'waiting', ticket: { position: 100 } });
  });
});
