import { beforeEach, describe, expect, it } from 'vitest';
import { openLine, status, ticket } from './fake-line-ports.ts';

let { line, test, views } = openLine();

beforeEach(() => {
  ({ line, test, views } = openLine());
});

describe('a network with too many joins', () => {
  it('a visitor of a full network sees why, and joins automatically after Retry-After', async () => {
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
  it('an outage keeps the place, shows that the page reconnects and ends automatically', async () => {
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

  it('one lost request shows nothing', async () => {
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

  it('a Retry-After delays the next poll, also of a page that is woken', async () => {
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

  it('a page that wakes polls at once, and at most once per gap', async () => {
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

  it('a lost join is repeated', async () => {
    test.assign = () => 'lost';
    line.start();
    await test.run(5_000);
    test.assign = () => ({ body: ticket({}) });
    await test.run(10_000);
    expect(line.view().phase).toBe('waiting');
  });
});
