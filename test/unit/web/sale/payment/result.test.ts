import { beforeEach, describe, expect, it } from 'vitest';
import { returnPath } from '#contract/payment-return.ts';
import { createResult, type Result, settledAddress } from '../../../../../web/sale/payment/result.ts';
import { type Returned, readReturned } from '../../../../../web/sale/payment/returned.ts';
import type { Reply } from '../../fake-page-ports.ts';
import { checkoutUrl, createSaleWorld, eventId, holdAnswer, reservationId } from '../fake-sale-ports.ts';

type Test = ReturnType<typeof createSaleWorld>['test'];
let test: Test;
let result: Result;
const hold = { eventId, reservationId, fence: 7 };
const paid: Returned = { kind: 'paid', hold, orderId: 'order_1', paymentKey: 'pk', amountKrw: 200_000 };

function open(returned: Returned = paid): void {
  const made = createSaleWorld();
  test = made.test;
  result = createResult(returned, made.ports, () => {});
}
const reservation =
  (state: string): (() => Reply) =>
  () => ({
    body: holdAnswer({ state, serverTimeMs: test.serverMs() }),
  });

beforeEach(() => open());

describe('the return from the provider’s page', () => {
  it('every address yields a return, a reservation or neither', () => {
    const query = `${returnPath('paid', hold).split('?')[1]}&paymentKey=pk&orderId=order_1&amount=200000`;
    expect(readReturned(`?${query}`)).toEqual(paid);
    expect(readReturned(`?${returnPath('failed', hold).split('?')[1]}&code=PAY_PROCESS_CANCELED`)).toEqual({
      kind: 'failed',
      hold,
      code: 'PAY_PROCESS_CANCELED',
    });
    expect(readReturned(`?reservation=${reservationId}`)).toEqual({ kind: 'ask', reservationId });
    for (const other of ['', '?', '?reservation=1', '?payment=paid', '?reservation=javascript:alert(1)'])
      expect(readReturned(other), other).toBeNull();
    // An incomplete address confirms nothing.
    for (const broken of [query.replace('amount=200000', 'amount=2e5'), query.replace('orderId', 'x')])
      expect(readReturned(`?${broken}`)).toEqual({ kind: 'ask', reservationId });
  });

  it.each([
    ['hold-ended', () => ({ code: 'RESERVATION_OVER', details: {} }), ['/api/v1/queue/away/spring']],
    ['declined', () => ({ code: 'PAYMENT_DECLINED' }), []],
  ] as const)(
    'a page that closes while %s gives the place inside back only without a hold',
    async (phase, confirm, beacons) => {
      test.replies.confirm = confirm;
      result.start();
      await test.run(1_000);
      expect(result.view().phase).toBe(phase);
      result.reportClosed();
      expect(test.beacons).toEqual(beacons);
    },
  );

  it('a payment after the end of the sale shows that nothing was charged and drops the hold', async () => {
    test.replies.confirm = () => ({ code: 'SALE_ENDED' });
    test.memory.set(`urr.hold.${eventId}`, JSON.stringify({ ...hold, seatIds: [] }));
    result.start();
    await test.run(60_000);
    expect(result.view().phase).toBe('sale-ended');
    expect(test.asked('confirm')).toHaveLength(1);
    expect(test.memory.get(`urr.hold.${eventId}`) ?? '').not.toContain(reservationId);
  });

  it('a payment is confirmed with the fence of its hold, drops the hold and shows the seats', async () => {
    test.replies.reservation = reservation('confirmed');
    test.memory.set(`urr.hold.${eventId}`, JSON.stringify({ ...hold, seatIds: [] }));
    result.start();
    await test.run(1_000);
    expect(test.asked('confirm')[0]?.options).toMatchObject({
      body: { orderId: 'order_1', paymentKey: 'pk', amountKrw: 200_000, fence: 7 },
      headers: { 'x-urr-event': eventId },
    });
    expect(result.view()).toMatchObject({ phase: 'confirmed', reservation: { seatIds: ['A-1-2', 'A-1-3'] } });
    expect(test.memory.get(`urr.hold.${eventId}`)).toBe('');
    expect(settledAddress(result.view(), paid)).toBe(`/reservations?reservation=${reservationId}`);
    await test.run(60_000);
    expect(test.asked('confirm')).toHaveLength(1);
  });

  it('a lost confirm is repeated with the same body', async () => {
    let tries = 0;
    test.replies.confirm = () => {
      tries += 1;
      return tries < 4
        ? tries % 2 === 0
          ? 'lost'
          : { code: 'UNAVAILABLE' }
        : { body: { state: 'settled' } };
    };
    result.start();
    await test.run(60_000);
    expect(result.view()).toMatchObject({ phase: 'confirmed', isReconnecting: false });
    const bodies = test.asked('confirm').map(({ options }) => JSON.stringify(options.body));
    expect([bodies.length, new Set(bodies).size]).toEqual([4, 1]);
  });

  it('a lost answer is retried by the backoff, without the Retry-After of an earlier answer', async () => {
    let tries = 0;
    test.replies.confirm = () => {
      tries += 1;
      if (tries === 1) return { code: 'TOO_MANY_REQUESTS', retryAfterSeconds: 30 };
      return tries === 2 ? 'lost' : { body: { state: 'settled' } };
    };
    result.start();
    await test.run(40_000);
    expect(tries).toBe(2);
    await test.run(10_000);
    expect(result.view().phase).toBe('confirmed');
  });

  it('an undecided payment is polled, ever more slowly, until it is decided', async () => {
    test.replies.confirm = () => ({ body: { state: 'approving' } });
    result.start();
    await test.run(60_000);
    expect(result.view().phase).toBe('undecided');
    const asked = test.asked('reservation').length + test.asked('confirm').length;
    expect(asked).toBeGreaterThan(4);
    expect(asked).toBeLessThan(16);
    test.replies.reservation = reservation('confirmed');
    await test.run(25_000);
    expect(result.view().phase).toBe('confirmed');
  });

  it('an undecided payment that the provider then declines can be paid again', async () => {
    let decided = false;
    test.replies.confirm = () => (decided ? { code: 'PAYMENT_DECLINED' } : { body: { state: 'approving' } });
    result.start();
    await test.run(10_000);
    decided = true;
    await test.run(40_000);
    expect(result.view().phase).toBe('declined');
    void result.payAgain();
    await test.run(500);
    expect(test.went).toEqual([checkoutUrl]);
  });

  it('the polls stop after 200 requests and start again when the buyer returns', async () => {
    test.replies.confirm = () => ({ body: { state: 'approving' } });
    result.start();
    await test.run(3_600_000);
    const asked = test.requests.length;
    await test.run(600_000);
    expect(test.requests.length).toBe(asked);
    result.wake();
    await test.run(5_000);
    expect(test.requests.length).toBeGreaterThan(asked);
  });

  it.each([
    [
      'money after the end of the hold is shown as refunded',
      { code: 'RESERVATION_OVER', details: { payment: 'refunding' } },
      'late',
    ],
    [
      'an expired hold without a payment is shown as expired',
      { code: 'RESERVATION_OVER', details: {} },
      'hold-ended',
    ],
    ['a declined card is shown as declined', { code: 'PAYMENT_DECLINED' }, 'declined'],
    ['a changed amount is refused', { code: 'AMOUNT_DIFFERS' }, 'refused'],
    ['an order of another account is refused', { code: 'WRONG_ACCOUNT' }, 'refused'],
    ['an unknown order is refused', { code: 'NOT_FOUND' }, 'refused'],
    ['an older fence is refused', { code: 'FENCE_REFUSED' }, 'refused'],
  ] as const)('%s', async (_title, reply, phase) => {
    test.replies.confirm = () => reply;
    result.start();
    await test.run(60_000);
    expect(result.view().phase).toBe(phase);
    expect(test.asked('confirm')).toHaveLength(1);
  });

  it('an expired session is refreshed once, and then the page asks for sign-in', async () => {
    test.replies.confirm = () => ({ code: 'NOT_SIGNED_IN' });
    result.start();
    await test.run(60_000);
    expect([result.view().phase, test.asked('refresh').length]).toEqual(['sign-in', 1]);
  });
});

describe('the return without a payment', () => {
  const failed: Returned = { kind: 'failed', hold, code: 'PAY_PROCESS_CANCELED' };

  it('a cancelled payment keeps the seats and the hold of this tab', async () => {
    open(failed);
    test.memory.set(`urr.hold.${eventId}`, 'kept');
    result.start();
    await test.run(1_000);
    expect(result.view()).toMatchObject({ phase: 'declined', wasCancelled: true });
    expect(test.asked('confirm')).toHaveLength(0);
    expect(test.memory.get(`urr.hold.${eventId}`)).toBe('kept');
  });

  it('a second payment of an expired hold shows that it has expired', async () => {
    open(failed);
    test.replies.prepare = () => ({ code: 'RESERVATION_OVER', details: { state: 'expired' } });
    result.start();
    await test.run(1_000);
    void result.payAgain();
    void result.payAgain();
    await test.run(500);
    expect([result.view().phase, test.asked('prepare').length]).toEqual(['hold-ended', 1]);
  });

  it('a second payment without an entry token goes to the queue', async () => {
    open(failed);
    test.replies.prepare = () => ({ code: 'ENTRY_TOKEN_REQUIRED' });
    result.start();
    await test.run(1_000);
    void result.payAgain();
    await test.run(500);
    expect(test.went).toEqual(['/queue/spring']);
  });

  it('a reservation that ended meanwhile is shown as expired, and one that was paid as confirmed', async () => {
    for (const [state, phase] of [
      ['expired', 'hold-ended'],
      ['cancelled', 'hold-ended'],
      ['confirmed', 'confirmed'],
    ] as const) {
      open(failed);
      test.replies.reservation = reservation(state);
      result.start();
      await test.run(1_000);
      expect(result.view().phase).toBe(phase);
    }
  });
});
