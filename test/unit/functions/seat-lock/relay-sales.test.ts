import { expect, it } from 'vitest';
import { type ReservationEvent, reservationEventId } from '#contract/reservation-event.ts';
import type { Reservation } from '#contract/sale.ts';
import { SetAside } from '#core/sale/set-aside.ts';
import { type RelayDeps, relaySales } from '../../../../functions/seat-lock/relay-sales.ts';
import { countingTelemetry } from '../../../support/line/vwr-api.ts';

const reservation = (index: number): Reservation => ({
  reservationId: `00000000-0000-4000-8000-${String(index).padStart(12, '0')}`,
  eventId: 'sale',
  userId: 'ann',
  seatIds: ['A-1-1'],
  amountKrw: 1,
  fence: 1,
  state: 'cancelled',
  createdAtMs: 0,
  expiresAtMs: 0,
  expiresAtMaxMs: 0,
  requestHash: 'h'.repeat(43),
  version: 4,
});

/** An outbox in memory, and an SQS that decides on each message. */
function world(count: number, judge: (event: ReservationEvent) => 'accepted' | 'refused' | 'later') {
  const left = Array.from({ length: count }, (_, index) => ({
    subject: reservation(index),
    announcements: [
      { state: 'confirmed', atMs: 1 },
      { state: 'cancelled', atMs: 2 },
    ],
  }));
  const sent: string[][] = [];
  const deps: RelayDeps = {
    telemetry: countingTelemetry(),
    payments: { listUnpublished: async () => [], markPublished: async () => {} },
    reservations: {
      listUnpublished: async (limit) => left.slice(0, limit),
      markPublished: async ({ reservationId }) => {
        left.splice(
          left.findIndex(({ subject }) => subject.reservationId === reservationId),
          1,
        );
      },
    },
    publisher: {
      publish: async (events) => {
        sent.push(events.map(reservationEventId));
        const of = (wanted: string) =>
          new Set(events.filter((event) => judge(event) === wanted).map(reservationEventId));
        return { accepted: of('accepted'), refused: of('refused') };
      },
    },
  };
  const run = () => relaySales(deps, new SetAside(() => 0), () => false);
  return { left, sent, run };
}

it('a change stays in the outbox until SQS has accepted all of its messages', async () => {
  const { left, run } = world(3, ({ id, state }) =>
    id.endsWith('1') && state === 'cancelled' ? 'later' : 'accepted',
  );
  await run();
  expect(left.map(({ subject }) => subject.reservationId.at(-1))).toEqual(['1']);
});

it('a message that SQS never accepts does not block the others', async () => {
  const { left, run } = world(2, ({ id }) => (id.endsWith('0') ? 'refused' : 'accepted'));
  await run();
  expect(left).toEqual([]);
});

it('at most ten messages are sent at once, in order, and a backlog is sent in one round', async () => {
  const { left, sent, run } = world(120, () => 'accepted');
  await run();
  expect(left).toEqual([]);
  expect(Math.max(...sent.map((batch) => batch.length))).toBe(10);
  const all = sent.flat();
  expect(all).toHaveLength(240);
  expect(all.slice(0, 2).map((id) => id.split(':')[1])).toEqual(['confirmed', 'cancelled']);
});
