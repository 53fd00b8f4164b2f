import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { UrrEvent } from '#contract/event.ts';
import { reservationAnswerSchema } from '#contract/sale-http.ts';
import { salesTableName } from '#contract/sale-tables.ts';
import { buySeats, codeOf } from '../../support/sale/buyer.ts';
import {
  ask,
  reserveAs,
  type SeatKit,
  type SeatShopper,
  type SeatWorker,
  startSeatKit,
  testTimings,
} from '../../support/sale/seat-kit.ts';
import { eventually } from '../../support/time/patience.ts';

let kit: SeatKit;
let today: SeatWorker;
/** Workers of the same sale, some days later. */
const later: SeatWorker[] = [];
const dayMs = 86_400_000;
const never = 3_600_000;

beforeAll(async () => {
  kit = await startSeatKit();
  today = await kit.startWorker();
});
afterAll(() => kit.stop());

const inDays = async (days: number): Promise<SeatWorker> => {
  // Its rounds do not run, because they would end the holds of the other workers.
  const timings = { ...testTimings, sweepMs: never, reconcileMs: never, soldOutMs: never, repairMs: never };
  const worker = await kit.startWorker({ timings }, (deps) => ({
    ...deps,
    nowMs: () => Date.now() + days * dayMs,
  }));
  later.push(worker);
  return worker;
};

/** Noon in Korea, this many days from today, so that the test does not depend on the hour. */
const showIn = (days: number) => {
  const koreaMs = 9 * 3_600_000;
  const today0 = Math.floor((Date.now() + koreaMs) / dayMs) * dayMs - koreaMs;
  return new Date(today0 + days * dayMs + 12 * 3_600_000).toISOString();
};
const usual = '10:0, 7:10, 3:20, 1:30';

const buy = async (event: Pick<UrrEvent, 'eventId'>, seatIds: string[]) => {
  const ann = await kit.shopper(event.eventId);
  const { hold, order } = await buySeats(kit, today, ann, seatIds);
  return { ann, reservationId: hold.reservationId, orderId: order.orderId };
};
const detail = async (worker: SeatWorker, ann: SeatShopper, reservationId: string) =>
  reservationAnswerSchema.parse((await ask(worker, 'GET', `reservations/${reservationId}`, ann)).body);
const cancel = (worker: SeatWorker, ann: SeatShopper, reservationId: string, body?: unknown) =>
  ask(worker, 'POST', `reservations/${reservationId}/cancel`, ann, body === undefined ? {} : { body });
const kept = (orderId: string, krw: number) =>
  eventually(() => expect(kit.sandbox.keptKrw(orderId)).toBe(krw));

describe('a refund', () => {
  it('of single seats costs the fee shown for the day; these seats are free and the others stay sold', async () => {
    const { event } = await kit.createSale({ isActive: false, startsAt: showIn(5), refundPolicy: usual });
    const { ann, reservationId, orderId } = await buy(event, ['A-1-1', 'A-1-2', 'FLOOR-1']);
    const { refund } = await detail(today, ann, reservationId);
    expect(refund).toMatchObject({ isRefundable: true, feePercent: 20 });
    expect(refund?.seats).toEqual([
      { seatId: 'A-1-1', paidKrw: 50_000, refundKrw: 40_000 },
      { seatId: 'A-1-2', paidKrw: 50_000, refundKrw: 40_000 },
      { seatId: 'FLOOR-1', paidKrw: 30_000, refundKrw: 24_000 },
    ]);
    const part = { seatIds: ['A-1-2', 'FLOOR-1'], refundKrw: 64_000 };
    for (let copy = 0; copy < 3; copy++) {
      const answer = await cancel(today, ann, reservationId, part);
      expect(answer.body).toMatchObject({ state: 'confirmed', givenBackSeatIds: part.seatIds });
    }
    await kept(orderId, 130_000 - 64_000);
    const { refund: left } = await detail(today, ann, reservationId);
    expect(left?.seats.map(({ seatId }) => seatId)).toEqual(['A-1-1']);
    const ben = await kit.shopper(event.eventId);
    await eventually(async () =>
      expect((await reserveAs(today, ben, { seatIds: ['A-1-2'] })).status).toBe(200),
    );
    expect((await cancel(today, ann, reservationId)).body).toMatchObject({ state: 'cancelled' });
    await kept(orderId, 130_000 - 64_000 - 40_000);
  });

  it("reduces the account's seat count by the refunded seats only", async () => {
    const { event } = await kit.createSale({ isActive: false, seatsPerOrder: 2, seatsPerAccount: 2 });
    const { ann, reservationId } = await buy(event, ['A-1-1', 'A-1-2']);
    const order = (seatIds: string[]) =>
      kit.shopper(event.eventId, ann.sub).then((shopper) => codeOf(reserveAs(today, shopper, { seatIds })));
    expect(await order(['A-2-1'])).toEqual([409, 'SEATS_PER_ACCOUNT']);
    await cancel(today, ann, reservationId, { seatIds: ['A-1-1'] });
    expect(await order(['A-2-1', 'A-2-2'])).toEqual([409, 'SEATS_PER_ACCOUNT']);
    expect(await order(['A-2-1'])).toEqual([200, undefined]);
  });

  it('is refused after the last step and after the show began, on every route, and keeps the money', async () => {
    const { event } = await kit.createSale({ isActive: false, startsAt: showIn(5), refundPolicy: usual });
    const { ann, reservationId, orderId } = await buy(event, ['A-1-1']);
    for (const days of [5, 6]) {
      const worker = await inDays(days);
      expect((await detail(worker, ann, reservationId)).refund).toMatchObject({ isRefundable: false });
      const over = [409, 'NOT_REFUNDABLE'];
      expect(await codeOf(cancel(worker, ann, reservationId))).toEqual(over);
      expect(await codeOf(cancel(worker, ann, reservationId, { seatIds: ['A-1-1'] }))).toEqual(over);
      expect(await codeOf(ask(worker, 'POST', `payments/${orderId}/refund`, ann))).toEqual(over);
      await worker.stop();
    }
    expect(kit.sandbox.keptKrw(orderId)).toBe(50_000);
    expect((await detail(today, ann, reservationId)).state).toBe('confirmed');
  });

  it('is never smaller than the amount shown: a higher fee needs a new confirmation', async () => {
    const { event } = await kit.createSale({ isActive: false, startsAt: showIn(8), refundPolicy: usual });
    const { ann, reservationId, orderId } = await buy(event, ['A-1-1']);
    const tomorrow = await inDays(2);
    const shown = { refundKrw: 45_000 };
    const refused = await cancel(tomorrow, ann, reservationId, shown);
    expect([refused.status, refused.body.code, refused.body.details]).toEqual([
      409,
      'REFUND_CHANGED',
      { refundKrw: 40_000 },
    ]);
    expect(kit.sandbox.keptKrw(orderId)).toBe(50_000);
    expect((await cancel(tomorrow, ann, reservationId, { refundKrw: 40_000 })).status).toBe(200);
    await kept(orderId, 10_000);
    await tomorrow.stop();
  });

  it("follows the terms of the purchase after the event's policy changes", async () => {
    const { event } = await kit.createSale({ isActive: false, startsAt: showIn(30), refundPolicy: usual });
    const { ann, reservationId, orderId } = await buy(event, ['A-1-1']);
    await kit.events.update(event.eventId, { refundPolicy: 'none', startsAt: showIn(1) });
    await kit.events.close(event.eventId);
    expect((await detail(today, ann, reservationId)).refund).toMatchObject({ feePercent: 0 });
    expect((await cancel(today, ann, reservationId)).status).toBe(200);
    await kept(orderId, 0);
  });

  it('without a policy is full until the show begins, also for orders of an earlier release', async () => {
    const { event } = await kit.createSale({ isActive: false, startsAt: showIn(2) });
    const { ann, reservationId, orderId } = await buy(event, ['A-1-1', 'A-1-2']);
    const old = await buy(event, ['A-2-1', 'A-2-2']);
    await kit.dynamodb.documents.send(
      new UpdateCommand({
        TableName: salesTableName(kit.settings.environmentName, 'reservations'),
        Key: { reservationId: old.reservationId },
        UpdateExpression: 'REMOVE terms, seatAmountsKrw',
      }),
    );
    const after = await inDays(3);
    for (const own of [{ ann, reservationId }, old])
      expect(await codeOf(cancel(after, own.ann, own.reservationId))).toEqual([409, 'NOT_REFUNDABLE']);
    await cancel(today, old.ann, old.reservationId, { seatIds: ['A-2-1'] });
    await kept(old.orderId, 50_000);
    await cancel(today, ann, reservationId);
    await kept(orderId, 0);
    await after.stop();
  });
});
