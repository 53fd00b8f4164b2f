import { beforeEach, describe, expect, it } from 'vitest';
import { eventId, holdAnswer, reservationId, statuses } from '../fake-sale-ports.ts';
import { openSale } from '../open-sale.ts';

let { sale, test, choosing, held } = openSale();
function open(memory?: Map<string, string>): void {
  ({ sale, test, choosing, held } = openSale(memory));
}

beforeEach(() => open());

describe('a choice of seats', () => {
  it('a choice takes free seats up to the limit of the order, and a further seat is refused as full', async () => {
    test.replies.statuses = () => ({ body: statuses({ asOfMs: test.nowMs(), A: '1000000000' }) });
    await choosing();
    expect(['A-1-1', 'A-1-2', 'A-1-3', 'A-2-1', 'A-2-2', 'A-2-3'].map(sale.toggle)).toEqual([
      'taken',
      'added',
      'added',
      'added',
      'added',
      'full',
    ]);
    expect(sale.toggle('A-1-2')).toBe('removed');
    expect(sale.view().choice.seatIds).toEqual(['A-1-3', 'A-2-1', 'A-2-2']);
    sale.setStanding('ST', 9);
    expect(sale.view().choice.standing).toEqual({ ST: 1 });
  });

  it('a chosen seat that another buyer takes leaves the choice, and the notice names it', async () => {
    await choosing();
    sale.toggle('A-1-2');
    sale.toggle('A-1-3');
    test.replies.statuses = () => ({ body: statuses({ asOfMs: test.nowMs(), A: '0100000000' }) });
    await test.run(3_000);
    expect(sale.view()).toMatchObject({
      choice: { seatIds: ['A-1-3'] },
      notice: { kind: 'taken', seatIds: ['A-1-2'] },
    });
  });

  it('places of a standing area alone are reserved as any places, and together with seats by name', async () => {
    test.replies.statuses = () => ({ body: statuses({ asOfMs: test.nowMs(), ST: '11110011' }) });
    await choosing();
    sale.setStanding('ST', 2);
    void sale.reserve();
    await test.run(500);
    expect(test.asked('reserve')[0]?.options.body).toEqual({ bestAvailable: { section: 'ST', count: 2 } });
    open();
    test.replies.statuses = () => ({ body: statuses({ asOfMs: test.nowMs(), ST: '11110011' }) });
    await choosing();
    sale.toggle('A-1-1');
    sale.setStanding('ST', 2);
    void sale.reserve();
    await test.run(500);
    expect(test.asked('reserve')[0]?.options.body).toEqual({ seatIds: ['A-1-1', 'ST-5', 'ST-6'] });
  });
});

describe('a hold', () => {
  it('a refresh keeps the hold and its fence', async () => {
    await held();
    open(test.memory);
    sale.start();
    await test.run(500);
    expect(sale.view()).toMatchObject({ phase: 'held', hold: { reservationId, fence: 7 } });
    expect(test.asked('reserve')).toHaveLength(0);
  });

  it('an outage after a refresh does not lose the hold', async () => {
    await held();
    open(test.memory);
    test.replies.reservation = () => 'lost';
    sale.start();
    await test.run(10_000);
    expect(sale.view().isReconnecting).toBe(true);
    test.replies.reservation = () => ({ body: holdAnswer({ serverTimeMs: test.serverMs() }) });
    await test.run(10_000);
    expect(sale.view()).toMatchObject({ phase: 'held', isReconnecting: false });
  });

  it('an expired hold returns to the map, and one that was paid meanwhile is shown as bought', async () => {
    await held();
    test.replies.reservation = () => ({
      body: holdAnswer({ serverTimeMs: test.serverMs(), state: 'expired' }),
    });
    await test.run(301_000);
    expect(sale.view()).toMatchObject({
      phase: 'choosing',
      notice: { kind: 'hold-expired' },
      isEnding: false,
    });
    const asked = test.asked('statuses').length;
    await test.run(5_000);
    expect(test.asked('statuses').length).toBeGreaterThan(asked);
    open();
    await held();
    test.replies.reservation = () => ({
      body: holdAnswer({ serverTimeMs: test.serverMs(), state: 'confirmed' }),
    });
    await test.run(301_000);
    expect(sale.view().phase).toBe('bought');
  });

  it('a hold that expired while the machine slept ends on waking', async () => {
    await held();
    test.replies.reservation = () => ({
      body: holdAnswer({ serverTimeMs: test.serverMs(), state: 'expired' }),
    });
    test.sleep(400_000);
    sale.wake();
    await test.run(200);
    expect(sale.view().phase).toBe('choosing');
  });

  it('an extended hold warns again before its new end', async () => {
    await held();
    await test.run(245_000);
    expect(sale.view().isEnding).toBe(true);
    void sale.extend();
    await test.run(500);
    expect(test.asked('extend')[0]?.options).toMatchObject({
      body: { reservationId, fence: 7 },
      headers: { 'x-urr-event': eventId },
    });
    expect(sale.view()).toMatchObject({ phase: 'held', isEnding: false, task: null });
    await test.run(241_000);
    expect(sale.view().isEnding).toBe(true);
  });

  it('a released hold returns to the map, and this tab drops it', async () => {
    await held();
    void sale.release();
    await test.run(3_000);
    expect(sale.view()).toMatchObject({ phase: 'choosing', hold: null, notice: { kind: 'released' } });
    open(test.memory);
    sale.start();
    await test.run(500);
    expect(test.asked('reservation')).toHaveLength(0);
    // The reserve call is not repeated either.
    expect(test.asked('reserve')).toHaveLength(0);
  });

  it.each([
    ['RESERVATION_OVER', { state: 'expired' }, 'choosing'],
    ['RESERVATION_OVER', { state: 'confirmed' }, 'bought'],
    ['FENCE_REFUSED', undefined, 'choosing'],
    ['NOT_FOUND', undefined, 'choosing'],
    ['NOT_SIGNED_IN', undefined, 'sign-in'],
    ['WRONG_ACCOUNT', undefined, 'refused'],
  ] as const)('a hold refused with %s %o is shown as %s', async (code, details, phase) => {
    await held();
    for (const kind of ['extend', 'release', 'prepare'] as const)
      test.replies[kind] = () => ({ code, details });
    void sale.extend();
    await test.run(300);
    expect(sale.view().phase).toBe(phase);
  });

  it('a hold sends one call at a time', async () => {
    await held();
    void sale.pay();
    void sale.release();
    void sale.extend();
    await test.run(500);
    expect(
      [test.asked('prepare'), test.asked('release'), test.asked('extend')].map(({ length }) => length),
    ).toEqual([1, 0, 0]);
  });
});

describe('an entry token', () => {
  it.each([
    ['ENTRY_TOKEN_REQUIRED', '/queue/spring'],
    ['PASS_REQUIRED', '/vwr/spring'],
  ])('the refusal %s leads back to %s, and a second one within a minute waits', async (code, href) => {
    test.replies.statuses = () => ({ code });
    sale.start();
    await test.run(1_000);
    expect(test.went).toEqual([href]);
    open(test.memory);
    test.replies.statuses = () => ({ code });
    sale.start();
    await test.run(4_000);
    expect(test.went).toEqual([]);
  });

  it('a shopper who sees the seats was let in, so the next departure from the queue does not wait', async () => {
    test.memory.set('urr.departures.queue.spring', '1,2,3');
    sale.start();
    await test.run(1_000);
    expect(test.memory.get('urr.departures.queue.spring')).toBe('');
  });

  it('an expired session is refreshed once, and then the page asks for sign-in', async () => {
    test.replies.statuses = () => ({ code: 'NOT_SIGNED_IN' });
    sale.start();
    await test.run(60_000);
    expect(sale.view().phase).toBe('sign-in');
    expect([test.asked('statuses').length, test.asked('refresh').length]).toEqual([1, 1]);
  });
});

it('a sale that ends while a buyer chooses or pays shows that it has ended', async () => {
  test.replies.reserve = () => ({ code: 'SALE_ENDED', details: { salesEndAt: '2026-12-24T10:00:00.000Z' } });
  await choosing();
  sale.toggle('A-1-2');
  void sale.reserve();
  await test.run(500);
  expect(sale.view().phase).toBe('sale-ended');
  open();
  await held();
  test.replies.prepare = () => ({ code: 'SALE_ENDED' });
  void sale.pay();
  await test.run(500);
  expect(sale.view().phase).toBe('sale-ended');
});
