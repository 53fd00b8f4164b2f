import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createEventStore } from '#adapters/dynamodb/events/store.ts';
import { createCounterStore } from '#adapters/dynamodb/line/counters.ts';
import { createSalesStore } from '#adapters/dynamodb/sale/layouts.ts';
import { paymentsTarget } from '#cli/payment-target.ts';
import { runCli } from '#cli/program.ts';
import { refusalsMax } from '#core/sale/payment-life.ts';
import { reconcilePayments } from '#core/sale/reconcile.ts';
import { refundPayment } from '#core/sale/refund.ts';
import {
  type Ordered,
  type PaymentsKit,
  seatKrw,
  startPaymentsKit,
} from '../../support/sale/payments-kit.ts';

let kit: PaymentsKit;
let out: string[] = [];
let err: string[] = [];
beforeAll(async () => {
  kit = await startPaymentsKit();
});
afterEach(() => kit.sandbox.set({ refusedCancel: 0 }));
afterAll(() => kit.stop());

async function urr(...words: string[]): Promise<number> {
  [out, err] = [[], []];
  const { documents } = kit.dynamodb;
  const nowMs = kit.clock.nowMs;
  return runCli([...words, '--local'], {
    openTarget: async () => ({
      name: 'test',
      events: createEventStore(documents, 'none', nowMs),
      counters: createCounterStore(documents, 'none'),
      layouts: createSalesStore(documents, 'none'),
      ...paymentsTarget(documents, kit.environmentName, nowMs, async () => ({
        url: kit.sandbox.url,
        secretKey: 'test_sk_sandbox',
      })),
      close: () => {},
    }),
    readText: async () => {
      throw new Error('no command here names a file');
    },
    userName: 'mina',
    nowMs,
    out: (text) => out.push(text),
    err: (text) => err.push(text),
  });
}

const reconcile = async () => {
  const onError = (_orderId: string, error: unknown) => {
    throw error;
  };
  await reconcilePayments(kit.ports, { dueClass: 'owing', limit: 100, onError });
};
/** An order whose refund the provider refuses until its last attempt. */
const refused = async (seatIds?: string[]): Promise<Ordered> => {
  const order = await kit.paid(['A-1-1', 'A-1-2']);
  kit.sandbox.set({ refusedCancel: 1 });
  await refundPayment(kit.ports, { ...order, seatIds });
  for (let turn = 1; turn < refusalsMax; turn++) {
    kit.clock.offsetMs += kit.ports.retryDelays.retryMsMax;
    await reconcile();
  }
  kit.sandbox.set({ refusedCancel: 0 });
  expect((await kit.payment(order.orderId)).state).toBe('refund-refused');
  return order;
};

describe('a refused refund', () => {
  it('is shown with its reason and retried with a new key; operator and reason are recorded', async () => {
    const order = await refused();
    expect(await urr('payment', 'show', order.orderId)).toBe(0);
    expect(out.join('\n')).toContain('refund-refused');
    expect(out.join('\n')).toContain('NOT_CANCELABLE_PAYMENT');
    expect(await urr('payment', 'retry', order.orderId)).toBe(2);
    expect(await urr('payment', 'retry', order.orderId, '--reason', 'the balance is there now')).toBe(0);
    await reconcile();
    expect(kit.sandbox.keptKrw(order.orderId)).toBe(0);
    const { state, byHand } = await kit.payment(order.orderId);
    expect([state, byHand]).toMatchObject([
      'refunded',
      [{ what: 'retry', by: 'mina', why: 'the balance is there now' }],
    ]);
    expect(await urr('payment', 'retry', order.orderId, '--reason', 'again')).toBe(1);
  });

  it('is settled by an operator, in whole or in part, and no further request goes to the provider', async () => {
    const whole = await refused();
    const part = await refused(['A-1-1']);
    for (const { orderId } of [whole, part]) {
      const asked = kit.sandbox.keysUsed(orderId).length;
      expect(await urr('payment', 'settle-by-hand', orderId, '--reason', 'sent by bank transfer')).toBe(0);
      kit.clock.offsetMs += 3_600_000;
      await reconcile();
      expect(kit.sandbox.keysUsed(orderId)).toHaveLength(asked);
    }
    expect(await kit.payment(whole.orderId)).toMatchObject({ state: 'refunded' });
    expect(await kit.payment(part.orderId)).toMatchObject({
      state: 'settled',
      refunds: [{ state: 'done', amountKrw: seatKrw }],
      byHand: [{ what: 'settle-by-hand', by: 'mina' }],
    });
  });

  it('cannot be settled for an order without an open refund', async () => {
    const order = await kit.paid();
    expect(await urr('payment', 'settle-by-hand', order.orderId, '--reason', 'x')).toBe(1);
    expect(await urr('payment', 'show', 'no-such-order')).toBe(1);
    expect(err.join('')).toContain('no-such-order');
  });
});

describe('the books of a day', () => {
  const koreanDay = () => new Date(Date.now() + 9 * 3_600_000).toISOString().slice(0, 10);

  it('agree after sales, refunds, refunds of single seats and declined orders; otherwise orders are named and the exit code is 1', async () => {
    kit.clock.offsetMs = 0;
    const fresh = await startPaymentsKit();
    const before = kit;
    kit = fresh;
    try {
      await kit.paid();
      const returned = await kit.paid();
      await refundPayment(kit.ports, returned);
      const part = await kit.paid(['A-1-1', 'A-1-2', 'A-1-3']);
      await refundPayment(kit.ports, { ...part, seatIds: ['A-1-2'] });
      await kit.order();
      expect(await urr('payment', 'compare', '--day', koreanDay()), out.join('\n')).toBe(0);
      expect(out.join('\n')).toContain('4 orders, 0 differ');

      const byHand = await kit.paid();
      kit.sandbox.cancelAsOperator(byHand.orderId, 20_000);
      const foreign = 'an-order-of-nobody';
      kit.sandbox.approve(foreign, 7_000);
      kit.sandbox.captureLate(foreign);
      expect(await urr('payment', 'compare', '--day', koreanDay(), '--json')).toBe(1);
      const { differing } = JSON.parse(out.join(''));
      expect(differing).toHaveLength(2);
      expect(differing).toEqual(
        expect.arrayContaining([
          { orderId: byHand.orderId, state: 'settled', oursKrw: 50_000, providersKrw: 30_000 },
          { orderId: foreign, state: 'unknown', oursKrw: 0, providersKrw: 7_000 },
        ]),
      );
    } finally {
      kit = before;
      await fresh.stop();
    }
    expect(await urr('payment', 'compare', '--day', 'yesterday')).toBe(2);
  });
});
