import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { holdAnswerSchema, paymentAnswerSchema } from '#contract/sale-http.ts';
import {
  approveOrder,
  buySeats,
  codeOf,
  confirmOrder,
  holdSeats,
  prepareOrder,
} from '../../support/sale/buyer.ts';
import { ask, reserveAs, type SeatKit, type SeatWorker, startSeatKit } from '../../support/sale/seat-kit.ts';
import { testSections } from '../../support/sale/seat-sections.ts';
import { eventually } from '../../support/time/patience.ts';

let kit: SeatKit;
let worker: SeatWorker;

beforeAll(async () => {
  kit = await startSeatKit();
  worker = await kit.startWorker();
});
afterAll(() => kit.stop());

describe('the end of a sale', () => {
  const past = () => new Date(Date.now() - 1_000).toISOString();
  const ends = async (eventId: string, change: { salesEndAt?: string; startsAt?: string }) => {
    await kit.events.update(eventId, change);
    const ben = await kit.shopper(eventId);
    await eventually(
      async () =>
        expect(await codeOf(reserveAs(worker, ben, { seatIds: ['A-2-1'] }))).toEqual([409, 'SALE_ENDED']),
      200,
    );
  };

  it('refuses reserve, extend, prepare and confirm, and moves no money', async () => {
    const { event } = await kit.createSale();
    const ann = await kit.shopper(event.eventId);
    const hold = await holdSeats(worker, ann, ['A-1-1']);
    const order = approveOrder(kit, await prepareOrder(worker, ann, hold), hold.fence);
    await ends(event.eventId, { salesEndAt: past() });
    const body = { reservationId: hold.reservationId, fence: hold.fence };
    const ended = [409, 'SALE_ENDED'];
    expect(await codeOf(ask(worker, 'POST', 'seats/extend', ann, { body }))).toEqual(ended);
    expect(await codeOf(ask(worker, 'POST', 'payments/prepare', ann, { body }))).toEqual(ended);
    expect(await codeOf(confirmOrder(worker, ann, order))).toEqual(ended);
    expect(kit.sandbox.charges(order.orderId)).toBe(0);
    // A hold can still be released.
    expect((await ask(worker, 'POST', 'seats/release', ann, { body })).status).toBe(200);
  });

  it('is the start of the show by default; a later salesEndAt keeps the sale open', async () => {
    const { event } = await kit.createSale({ startsAt: past() });
    const ann = await kit.shopper(event.eventId);
    const refused = await reserveAs(worker, ann, { seatIds: ['A-1-1'] });
    expect([refused.status, refused.body.code, refused.body.details]).toEqual([
      409,
      'SALE_ENDED',
      { salesEndAt: event.startsAt },
    ]);
    const salesEndAt = new Date(Date.now() + 3_600_000).toISOString();
    const late = await kit.createSale({ startsAt: past(), salesEndAt });
    await buySeats(kit, worker, await kit.shopper(late.event.eventId), ['A-1-1']);
  });

  it('does not stop a confirm that has begun: an approving order is paid and confirmed', async () => {
    const { event } = await kit.createSale();
    const ann = await kit.shopper(event.eventId);
    const hold = await holdSeats(worker, ann, ['A-1-1']);
    const order = approveOrder(kit, await prepareOrder(worker, ann, hold), hold.fence);
    const { orderId, paymentKey } = order;
    await worker.deps.payments.move({
      orderId,
      from: ['prepared'],
      to: 'approving',
      paymentKey,
      due: { dueClass: 'undecided', nextAttemptAtMs: Date.now() + 60_000 },
      nowMs: Date.now(),
    });
    await ends(event.eventId, { salesEndAt: past() });
    await eventually(async () => expect((await confirmOrder(worker, ann, order)).status).toBe(200));
    expect(kit.sandbox.charges(orderId)).toBe(1);
    const detail = await ask(worker, 'GET', `reservations/${hold.reservationId}`, ann);
    expect(detail.body.state).toBe('confirmed');
  });
});

describe('a reservation', () => {
  it('is extended up to its maximum with its fence', async () => {
    const { event } = await kit.createSale();
    const ann = await kit.shopper(event.eventId);
    const { reservationId, fence, expiresAtMs, expiresAtMaxMs } = await holdSeats(worker, ann, ['A-1-1']);
    const extend = (body: unknown) => ask(worker, 'POST', 'seats/extend', ann, { body });
    const answer = await eventually(async () => {
      const extended = holdAnswerSchema.parse((await extend({ reservationId, fence })).body);
      expect(extended.expiresAtMs).toBeGreaterThan(expiresAtMs);
      return extended;
    });
    expect(answer.expiresAtMs).toBeLessThanOrEqual(expiresAtMaxMs);
    expect(await codeOf(extend({ reservationId, fence: fence + 1 }))).toEqual([409, 'FENCE_REFUSED']);
    const release = ask(worker, 'POST', 'seats/release', ann, { body: { reservationId, fence: fence + 1 } });
    expect(await codeOf(release)).toEqual([409, 'FENCE_REFUSED']);
    // E6: a missing fence, zero and null are refused.
    for (const bad of [{}, { fence: 0 }, { fence: null }])
      expect(await codeOf(extend({ reservationId, ...bad }))).toEqual([400, 'BAD_REQUEST']);
  });

  it('that has ended is 409 for extend, prepare, confirm and cancel; its seats are free at once', async () => {
    const { event } = await kit.createSale();
    const [ann, ben] = await Promise.all([kit.shopper(event.eventId), kit.shopper(event.eventId)]);
    const { reservationId, fence } = await holdSeats(worker, ann, ['A-1-1']);
    const order = approveOrder(kit, await prepareOrder(worker, ann, { reservationId, fence }), fence);
    const body = { reservationId, fence };
    expect((await ask(worker, 'POST', 'seats/release', ann, { body })).status).toBe(200);
    expect((await ask(worker, 'POST', 'seats/release', ann, { body })).status).toBe(200);
    await holdSeats(worker, ben, ['A-1-1']);
    const over = [409, 'RESERVATION_OVER'];
    expect(await codeOf(ask(worker, 'POST', 'seats/extend', ann, { body }))).toEqual(over);
    expect(await codeOf(ask(worker, 'POST', 'payments/prepare', ann, { body }))).toEqual(over);
    expect(await codeOf(confirmOrder(worker, ann, order))).toEqual(over);
    expect(kit.sandbox.charges(order.orderId)).toBe(0);
  });

  it('ends by cancel: a pending one ends the visit, a paid one is refunded, and the seats are free', async () => {
    const { event } = await kit.createSale();
    const ann = await kit.shopper(event.eventId);
    const pending = await holdSeats(worker, ann, ['A-1-1']);
    const cancel = (id: string) => ask(worker, 'POST', `reservations/${id}/cancel`, ann);
    expect((await cancel(pending.reservationId)).body.state).toBe('cancelled');
    expect((await cancel(pending.reservationId)).status).toBe(200);

    const ben = await kit.shopper(event.eventId);
    const { hold, order } = await buySeats(kit, worker, ben, ['A-1-1', 'A-1-2']);
    expect(kit.sandbox.keptKrw(order.orderId)).toBe(100_000);
    const back = await ask(worker, 'POST', `reservations/${hold.reservationId}/cancel`, ben);
    expect(back.body).toMatchObject({ state: 'cancelled', orderId: order.orderId });
    expect(kit.sandbox.keptKrw(order.orderId)).toBe(0);
    await holdSeats(worker, await kit.shopper(event.eventId), ['A-1-1', 'A-1-2']);
  });
});

describe('a payment', () => {
  it("leads to the provider's page and back with the holder's reservation and fence", async () => {
    const { event } = await kit.createSale();
    const ann = await kit.shopper(event.eventId);
    const hold = await holdSeats(worker, ann, ['A-1-1', 'FLOOR-1']);
    const order = await prepareOrder(worker, ann, hold);
    expect(order).toMatchObject({ amountKrw: 80_000, reservationId: hold.reservationId });
    expect(order.orderId).toMatch(/^[0-9a-f]{32}$/);
    // Two tabs, one order.
    expect((await prepareOrder(worker, ann, hold)).orderId).toBe(order.orderId);
    const page = await fetch(order.checkout?.url ?? '');
    expect(page.status).toBe(200);
    const pay = (order.checkout?.url ?? '').replace('/checkout?', '/checkout/pay?');
    const back = new URL((await fetch(pay, { redirect: 'manual' })).headers.get('location') ?? '');
    expect(back.origin).toBe('https://tickets.test');
    const answer = await confirmOrder(worker, ann, {
      orderId: back.searchParams.get('orderId'),
      paymentKey: back.searchParams.get('paymentKey'),
      amountKrw: Number(back.searchParams.get('amount')),
      fence: Number(back.searchParams.get('fence')),
    });
    expect(paymentAnswerSchema.parse(answer.body).state).toBe('settled');
    const detail = await ask(worker, 'GET', `reservations/${hold.reservationId}`, ann);
    expect(detail.body).toMatchObject({ state: 'confirmed', orderId: order.orderId });
  });

  it('confirmed ten times in parallel and again later has one effect', async () => {
    const { event } = await kit.createSale();
    const ann = await kit.shopper(event.eventId);
    const hold = await holdSeats(worker, ann, ['A-1-1']);
    const order = approveOrder(kit, await prepareOrder(worker, ann, hold), hold.fence);
    const answers = await Promise.all(Array.from({ length: 10 }, () => confirmOrder(worker, ann, order)));
    const late = await confirmOrder(worker, ann, order);
    expect(new Set([...answers, late].map(({ status }) => status))).toEqual(new Set([200]));
    expect(kit.sandbox.charges(order.orderId)).toBe(1);
  });

  it('with another amount is 400 and with another fence 409, and nothing is charged', async () => {
    const { event } = await kit.createSale();
    const ann = await kit.shopper(event.eventId);
    const hold = await holdSeats(worker, ann, ['A-1-1']);
    const order = approveOrder(kit, await prepareOrder(worker, ann, hold), hold.fence);
    expect(await codeOf(confirmOrder(worker, ann, { ...order, amountKrw: 1 }))).toEqual([
      400,
      'AMOUNT_DIFFERS',
    ]);
    expect(await codeOf(confirmOrder(worker, ann, { ...order, fence: hold.fence + 1 }))).toEqual([
      409,
      'FENCE_REFUSED',
    ]);
    expect(kit.sandbox.charges(order.orderId)).toBe(0);
  });

  it('declined is 402; each new try is a new order; after five tries the seats must be chosen again', async () => {
    const { event } = await kit.createSale();
    const ann = await kit.shopper(event.eventId);
    const hold = await holdSeats(worker, ann, ['A-1-1']);
    kit.sandbox.set({ declined: 1 });
    const orders = new Set<string>();
    try {
      for (let attempt = 0; attempt < 5; attempt++) {
        const order = approveOrder(kit, await prepareOrder(worker, ann, hold), hold.fence);
        orders.add(order.orderId);
        expect(await codeOf(confirmOrder(worker, ann, order))).toEqual([402, 'PAYMENT_DECLINED']);
      }
    } finally {
      kit.sandbox.set({ declined: 0 });
    }
    expect(orders.size).toBe(5);
    const { reservationId, fence } = hold;
    const sixth = ask(worker, 'POST', 'payments/prepare', ann, { body: { reservationId, fence } });
    expect(await codeOf(sixth)).toEqual([409, 'CONFLICT']);
  });

  it('of zero won needs no provider', async () => {
    const sections = testSections.map((section) => ({ ...section, priceKrw: 0 }));
    const { event } = await kit.createSale({}, sections);
    const ann = await kit.shopper(event.eventId);
    const hold = await holdSeats(worker, ann, ['A-1-1']);
    const { orderId, checkout } = await prepareOrder(worker, ann, hold);
    expect(checkout).toBeNull();
    const body = { orderId, paymentKey: 'free', amountKrw: 0, fence: hold.fence };
    expect((await confirmOrder(worker, ann, body)).body.state).toBe('settled');
    expect((await ask(worker, 'POST', `payments/${orderId}/refund`, ann)).body.state).toBe('refunded');
  });

  it('is refunded once; an unpaid one is 409', async () => {
    const { event } = await kit.createSale();
    const ann = await kit.shopper(event.eventId);
    const hold = await holdSeats(worker, ann, ['A-1-1']);
    const { orderId } = await prepareOrder(worker, ann, hold);
    const refund = () => ask(worker, 'POST', `payments/${orderId}/refund`, ann);
    expect(await codeOf(refund())).toEqual([409, 'CONFLICT']);
    await confirmOrder(worker, ann, approveOrder(kit, { orderId, amountKrw: 50_000 }, hold.fence));
    const answers = await Promise.all([refund(), refund(), refund()]);
    expect(
      answers.map(({ body }) => body.state).every((state) => state === 'refunded' || state === 'refunding'),
    ).toBe(true);
    expect((await refund()).body.state).toBe('refunded');
    expect(kit.sandbox.keptKrw(orderId)).toBe(0);
  });
});
