import { beforeEach, describe, expect, it } from 'vitest';
import { msToCome, msUntilOpening, offersSignIn } from '../../../../web/line/line-view.ts';
import { openLine, status, ticket } from './fake-line-ports.ts';

let { line, test } = openLine();

beforeEach(() => {
  ({ line, test } = openLine());
});

const admitted = {
  body: { state: 'admitted', redirectTo: '/queue/spring', passExpiresAt: '2026-11-01T00:00:00Z' },
};
const called = { body: status({ serving: [100] }) };

describe('the countdown', () => {
  it('the countdown to the opening follows the server’s clock', async () => {
    const aheadMs = 3_600_000;
    const opensAt = new Date(test.nowMs() + aheadMs + 60_000).toISOString();
    // Every second document comes from a cache and is three seconds old.
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

  it('a call shows the time left while the pass cannot be fetched', async () => {
    calledSince(10_000);
    await test.run(1_000);
    expect(line.view()).toMatchObject({ phase: 'called', call: { round: 1 } });
    expect(msToCome(line.view(), test.nowMs())).toBe(windowMs - 11_000);
    await test.run(100_000);
    expect(msToCome(line.view(), test.nowMs())).toBe(windowMs - 111_000);
  });

  it('a missed call is repeated once, for another claim window', async () => {
    calledSince(windowMs - 20_000);
    await test.run(1_000);
    expect(line.view().call?.round).toBe(1);
    await test.run(90_000);
    expect(line.view().call?.round).toBe(2);
    expect(msToCome(line.view(), test.nowMs())).toBe(2 * windowMs - (windowMs - 20_000) - 91_000);
  });

  it('a call without a recorded time does not become longer by further polls', async () => {
    test.status = () => ({ body: status({ serving: [100], serverTimeMs: test.nowMs() }) });
    test.check = () => 'lost';
    line.start();
    await test.run(60_000);
    expect(msToCome(line.view(), test.nowMs())).toBeLessThanOrEqual(windowMs - 59_000);
  });
});

describe('the offer to sign in', () => {
  it('sign-in is offered to a signed-out visitor who waits, and not after the call', async () => {
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
});
