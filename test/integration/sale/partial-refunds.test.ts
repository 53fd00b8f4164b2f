import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { followProviderNotice } from '#core/sale/provider-notice.ts';
import { reconcilePayments } from '#core/sale/reconcile.ts';
import { refundPayment } from '#core/sale/refund.ts';
import { reserve } from '#core/sale/reserve.ts';
import {
  type Ordered,
  type PaymentsKit,
  seatKrw,
  startPaymentsKit,
} from '../../support/sale/payments-kit.ts';

let kit: PaymentsKit;
const well = { slowMs: 0, refusedCancel: 0, lostAnswer: 0 };
beforeAll(async () => {
  kit = await startPaymentsKit();
});
afterEach(() => kit.sandbox.set(well));
afterAll(() => kit.stop());

const seats = ['A-1-1', 'A-1-2', 'A-1-3'];
const gone = async () => {
  throw new Error('the process is gone');
};
const kept = ({ orderId }: Ordered) => kit.sandbox.keptKrw(orderId);
const releaseAndRefund = (order: Ordered, seatIds?: string[], ports = kit.ports) =>
  refundPayment(ports, { orderId: order.orderId, userId: order.userId, seatIds });
const reconcile = async () => {
  kit.clock.offsetMs += kit.ports.retryDelays.retryMsMax;
  const onError = (_orderId: string, error: unknown) => {
    throw error;
  };
  await reconcilePayments(kit.ports, { dueClass: 'owing', limit: 100, onError });
};

describe('single seats of a paid order', () => {
  it('are refunded one by one, each once, and the last one ends the order', async () => {
    const order = await kit.paid(seats);
    const first = await releaseAndRefund(order, ['A-1-2']);
    expect(first).toMatchObject({ outcome: 'refunded', payment: { state: 'settled' } });
    expect(kept(order)).toBe(2 * seatKrw);
    // The same seat again, alone and with another one.
    expect((await releaseAndRefund(order, ['A-1-2'])).outcome).toBe('refunded');
    expect(kept(order)).toBe(2 * seatKrw);
    await releaseAndRefund(order, ['A-1-2', 'A-1-1']);
    expect(kept(order)).toBe(seatKrw);
    expect(await kit.reservation(order.reservationId)).toMatchObject({
      state: 'confirmed',
      givenBackSeatIds: ['A-1-2', 'A-1-1'],
    });
    expect(await releaseAndRefund(order)).toMatchObject({
      outcome: 'refunded',
      payment: { state: 'refunded' },
    });
    expect(kept(order)).toBe(0);
    expect((await kit.reservation(order.reservationId)).state).toBe('cancelled');
    expect((await releaseAndRefund(order)).outcome).toBe('refunded');
    const { refunds = [] } = await kit.payment(order.orderId);
    expect(refunds.map(({ amountKrw, state }) => [amountKrw, state])).toEqual(
      Array.from({ length: 3 }, () => [seatKrw, 'done']),
    );
  });

  it('requested by parallel tabs are refunded once, and an additional request is not lost', async () => {
    const order = await kit.paid(seats);
    const answers = await Promise.all([
      ...Array.from({ length: 6 }, () => releaseAndRefund(order, ['A-1-1'])),
      ...Array.from({ length: 6 }, () => releaseAndRefund(order, ['A-1-2', 'A-1-3'])),
    ]);
    for (const { outcome } of answers) expect(['refunded', 'refunding', 'busy']).toContain(outcome);
    await releaseAndRefund(order);
    await reconcile();
    expect(kept(order)).toBe(0);
    const { refunds = [] } = await kit.payment(order.orderId);
    expect(refunds.flatMap(({ seatIds }) => seatIds).sort()).toEqual(seats);
    expect(refunds.reduce((sum, { amountKrw }) => sum + amountKrw, 0)).toBe(order.amountKrw);
  });

  it('requested by a tab with an older copy of the order get a refund of their own', async () => {
    const order = await kit.paid(seats);
    let isFirst = true;
    const reservations = {
      ...kit.ports.reservations,
      get: async (reservationId: string) => {
        const seen = await kit.ports.reservations.get(reservationId);
        if (isFirst) {
          isFirst = false;
          await releaseAndRefund(order, ['A-1-1']);
        }
        return seen;
      },
    };
    await releaseAndRefund(order, ['A-1-2'], { ...kit.ports, reservations });
    expect(kept(order)).toBe(seatKrw);
    expect((await kit.payment(order.orderId)).refunds?.map(({ seatIds }) => seatIds)).toEqual([
      ['A-1-1'],
      ['A-1-2'],
    ]);
  });

  it('refunded by the provider after a refusal are not refunded again with the fresh key', async () => {
    const order = await kit.paid(seats);
    kit.sandbox.set({ refusedCancel: 1 });
    await releaseAndRefund(order, ['A-1-1']);
    kit.sandbox.set(well);
    const late = { ...order, amountKrw: seatKrw, reason: 'refund 1', idempotencyKey: 'late effect' };
    await kit.ports.provider.cancel(late);
    await reconcile();
    expect(kept(order)).toBe(2 * seatKrw);
    expect((await kit.payment(order.orderId)).state).toBe('settled');
  });

  it('are refunded by the reconciler after a worker dies before its request or misses the response', async () => {
    const [unasked, unheard] = await Promise.all([kit.paid(seats), kit.paid(seats)]);
    const provider = { confirm: gone, query: gone, cancel: gone };
    await releaseAndRefund(unasked, ['A-1-1'], { ...kit.ports, provider }).catch(() => undefined);
    const deaf = { ...kit.ports.provider };
    deaf.cancel = async (order) => {
      await kit.ports.provider.cancel(order);
      return gone();
    };
    await releaseAndRefund(unheard, ['A-1-1'], { ...kit.ports, provider: deaf }).catch(() => undefined);
    for (const order of [unasked, unheard])
      expect((await kit.reservation(order.reservationId)).givenBackSeatIds).toEqual(['A-1-1']);
    await reconcile();
    for (const order of [unasked, unheard]) {
      expect(kept(order)).toBe(2 * seatKrw);
      expect(await kit.payment(order.orderId)).toMatchObject({ state: 'settled' });
    }
  });

  it('are free for the next claim, and the other seats of the order are not', async () => {
    const order = await kit.paid(seats);
    const { reservationId } = order;
    for (const seatId of seats)
      await kit.ports.seats.claim({ eventId: 'sale', seatId, reservationId, fence: 1 });
    await releaseAndRefund(order, ['A-1-2']);
    const accountSeats = {
      get: async () => [],
      begin: async () => undefined,
      add: async () => ({ added: true, seats: [] }),
      remove: async () => undefined,
    };
    const reserveAs = (seatId: string) =>
      reserve(
        {
          ...kit.ports,
          accountSeats,
          holds: { ...kit.ports.holds, hold: async () => ({ outcome: 'held', fence: 2 }) },
        },
        {
          reservationId: crypto.randomUUID(),
          requestHash: 'h'.repeat(43),
          eventId: 'sale',
          userId: 'somebody',
          seatIds: [seatId],
          seatAmountsKrw: [seatKrw],
          seatsPerAccount: 4,
          terms: {},
          holdMs: 60_000,
          holdMsMax: 60_000,
        },
      );
    expect(await reserveAs('A-1-1')).toMatchObject({ outcome: 'taken' });
    expect(await reserveAs('A-1-2')).toMatchObject({ outcome: 'reserved' });
  });

  it('reach statistics with their number and amount, and the remaining seats as the rest', async () => {
    const order = await kit.paid(seats);
    await releaseAndRefund(order, ['A-1-3']);
    await releaseAndRefund(order);
    const published = async <T>(
      list: Promise<readonly { subject: T; announcements: readonly object[] }[]>,
      isIt: (subject: T) => boolean,
    ) => (await list).find(({ subject }) => isIt(subject))?.announcements;
    const reservations = await published(
      kit.ports.reservations.listUnpublished(1_000),
      ({ reservationId }) => reservationId === order.reservationId,
    );
    expect(reservations).toMatchObject([
      { state: 'confirmed' },
      { state: 'cancelled', part: 1, seats: 1, amountKrw: seatKrw },
      { state: 'cancelled' },
    ]);
    const payments = await published(
      kit.ports.payments.listUnpublished(1_000),
      ({ orderId }) => orderId === order.orderId,
    );
    expect(payments).toMatchObject([
      { state: 'settled' },
      { state: 'refunded', part: 1, amountKrw: seatKrw },
      { state: 'refunded', amountKrw: 2 * seatKrw },
    ]);
  });

  it('of another order are refused without any change', async () => {
    const order = await kit.paid(seats);
    expect((await releaseAndRefund(order, ['A-1-1', 'B-1-1'])).outcome).toBe('no-such-seats');
    expect(kept(order)).toBe(3 * seatKrw);
    const foreign = { orderId: order.orderId, userId: 'somebody else' };
    expect((await refundPayment(kit.ports, foreign)).outcome).toBe('not-owner');
  });
});

describe('a fee', () => {
  it('stays with the shop, in parts and in total; no more than the payment is refunded', async () => {
    const order = await kit.paid(seats);
    const quote = ({ seatAmountsKrw }: { seatAmountsKrw: readonly number[] }) =>
      seatAmountsKrw.reduce((sum, krw) => sum + krw * 0.9, 0);
    const withFee = (seatIds?: string[]) => refundPayment(kit.ports, { ...order, seatIds, quote });
    await withFee(['A-1-1']);
    expect(kept(order)).toBe(3 * seatKrw - 45_000);
    expect((await withFee()).outcome).toBe('refunded');
    expect(kept(order)).toBe(15_000);
    const greedy = await kit.paid(seats);
    await refundPayment(kit.ports, { ...greedy, seatIds: ['A-1-1'], quote: () => 1_000_000 });
    expect(kept(greedy)).toBe(2 * seatKrw);
    const whole = await kit.paid(seats);
    const all = await refundPayment(kit.ports, { ...whole, seatIds: undefined, quote: () => 0 });
    expect(all).toMatchObject({ outcome: 'refunded', payment: { state: 'refunded' } });
    expect(kept(whole)).toBe(3 * seatKrw);
  });
});

describe('the provider', () => {
  it('ends the order when it cancels all of it manually during a refund of one seat', async () => {
    const order = await kit.paid(seats);
    kit.sandbox.set({ refusedCancel: 1 });
    await releaseAndRefund(order, ['A-1-1']);
    kit.sandbox.set(well);
    kit.sandbox.cancelAsOperator(order.orderId);
    await Promise.all([followProviderNotice(kit.ports, order.orderId), releaseAndRefund(order, ['A-1-1'])]);
    await followProviderNotice(kit.ports, order.orderId);
    expect(kept(order)).toBe(0);
    expect((await kit.payment(order.orderId)).state).toBe('refunded');
    expect((await kit.reservation(order.reservationId)).state).toBe('cancelled');
  });

  it('changes no seat when it cancels a part manually, and the rest can still be refunded', async () => {
    const order = await kit.paid(seats);
    kit.sandbox.cancelAsOperator(order.orderId, 10_000);
    await followProviderNotice(kit.ports, order.orderId);
    expect((await kit.payment(order.orderId)).state).toBe('settled');
    await releaseAndRefund(order, ['A-1-1']);
    expect(kept(order)).toBe(2 * seatKrw - 10_000);
  });
});
