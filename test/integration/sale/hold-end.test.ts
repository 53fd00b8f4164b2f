import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seatStatusesSchema } from '#contract/sale-http.ts';
import { defaultTimings } from '../../../functions/seat-lock/policy.ts';
import { holdSeats } from '../../support/sale/buyer.ts';
import {
  ask,
  reservePatiently,
  type SeatKit,
  type SeatShopper,
  type SeatWorker,
  startSeatKit,
  testTimings,
} from '../../support/sale/seat-kit.ts';
import { testSections } from '../../support/sale/seat-sections.ts';
import { eventually, until } from '../../support/time/patience.ts';

let kit: SeatKit;
beforeAll(async () => {
  kit = await startSeatKit();
});
afterAll(() => kit.stop());

const saleOf = async (seats: number) => {
  const [seated] = testSections;
  if (seated?.kind !== 'seated') throw new Error('no section');
  const { event } = await kit.createSale({}, [{ ...seated, rows: [{ label: '1', seats }] }]);
  return event.eventId;
};
const held = (worker: SeatWorker, shopper: SeatShopper, seatIds: string[]) =>
  holdSeats(worker, shopper, seatIds, reservePatiently);

describe('the end of a hold', () => {
  it('frees its seat without any sweep: the first request after it gets the seat', async () => {
    const eventId = await saleOf(20);
    const timings = { ...testTimings, sweepMs: 1_000_000_000, holdMs: 1_500, holdMsMax: 1_500 };
    const worker = await kit.startWorker({ timings });
    await Promise.all(
      Array.from({ length: 20 }, async (_, index) => {
        const [ann, ben] = await Promise.all([kit.shopper(eventId), kit.shopper(eventId)]);
        const seatIds = [`A-1-${index + 1}`];
        const { expiresAtMs } = await held(worker, ann, seatIds);
        await until(Date.now, (nowMs) => nowMs >= expiresAtMs, 10);
        const next = await reservePatiently(worker, ben, { seatIds });
        expect(next.status, JSON.stringify(next.body)).toBe(200);
      }),
    );
    await worker.stop();
  });

  it('is recorded by the first sweep for 60 holds that end together, and sweeps run every second by default', async () => {
    const eventId = await saleOf(60);
    let aheadMs = 0;
    let sweeps = 0;
    const endedInSweep = new Map<string, number>();
    const worker = await kit.startWorker({}, (deps) => ({
      ...deps,
      nowMs: () => Date.now() + aheadMs,
      reservations: {
        ...deps.reservations,
        listOverdue: (nowMs, limit, isSetAside) => {
          if (aheadMs > 0) sweeps++;
          return deps.reservations.listOverdue(nowMs, limit, isSetAside);
        },
        move: async (change) => {
          const outcome = await deps.reservations.move(change);
          if (outcome.moved && change.to === 'expired') endedInSweep.set(change.reservationId, sweeps);
          return outcome;
        },
      },
    }));
    const shoppers = await Promise.all(Array.from({ length: 60 }, () => kit.shopper(eventId)));
    const holds = await Promise.all(shoppers.map((one, index) => held(worker, one, [`A-1-${index + 1}`])));
    aheadMs = testTimings.holdMs;
    for (const { reservationId } of holds)
      await eventually(async () =>
        expect((await worker.deps.reservations.get(reservationId))?.state).toBe('expired'),
      );
    expect(holds.map(({ reservationId }) => endedInSweep.get(reservationId))).toEqual(holds.map(() => 1));
    expect(defaultTimings.sweepMs).toBe(1_000);
    const ben = await kit.shopper(eventId);
    await eventually(async () => {
      const { body } = await ask(worker, 'GET', `seats/events/${eventId}`, ben);
      expect(seatStatusesSchema.parse(body).sections.A).toBe('0'.repeat(60));
    });
    await worker.stop();
  });
});
