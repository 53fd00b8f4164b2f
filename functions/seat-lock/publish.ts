import type { Outbox } from '#adapters/dynamodb/sales/outbox.ts';
import { fifoBatchMax } from '#adapters/sqs/fifo-sender.ts';
import { metrics } from '#contract/metrics.ts';
import {
  type ReservationEvent,
  reservationEventId,
  reservationEventSchema,
} from '#contract/reservation-event.ts';
import type { Payment, Reservation } from '#contract/sales.ts';
import type { Telemetry } from '../shared/telemetry.ts';
import type { ReservationPublisher } from './deps.ts';

/** What publishing needs of the worker. */
export interface PublishDeps {
  readonly reservations: Outbox<Reservation>;
  readonly payments: Outbox<Payment>;
  readonly publisher: ReservationPublisher;
  readonly telemetry: Telemetry;
}

/** Items a look; SQS FIFO takes 3,000 messages a second in batches, far more than are sold. */
const itemsMax = 100;
/** Looks a round, so that a backlog is worked off without waiting between. */
const looksMax = 10;

/**
 * Tells statistics what became of sales: at least once, without loss. A change leaves its item's outbox only when SQS
 * has it; a repeat, also by another worker, is dropped by its deduplication id. Never throws.
 */
export async function publishRound(deps: PublishDeps, isStopping: () => boolean): Promise<void> {
  try {
    for (let look = 0; look < looksMax && !isStopping(); look++) {
      const [reservations, payments] = await Promise.all([
        publishAll(deps, deps.reservations, eventOfReservation),
        publishAll(deps, deps.payments, eventOfPayment),
      ]);
      if (Math.max(reservations, payments) < itemsMax) break;
    }
  } catch (error) {
    deps.telemetry.error('what became of sales could not be told', error);
  }
  deps.telemetry.flush();
}

/** Answers how many items were told whole. */
async function publishAll<Subject>(
  deps: PublishDeps,
  outbox: Outbox<Subject>,
  toEvent: (subject: Subject, announcement: { state: string; atMs: number }) => unknown,
): Promise<number> {
  const items = (await outbox.listUnpublished(itemsMax)).map(({ subject, announcements }) => ({
    subject,
    events: announcements.flatMap((announcement) => {
      const parsed = reservationEventSchema.safeParse(toEvent(subject, announcement));
      if (parsed.success) return [parsed.data];
      deps.telemetry.count(metrics.reservationEventInvalid);
      return [];
    }),
  }));
  const settled = await send(
    deps,
    items.flatMap(({ events }) => events),
  );
  const told = items.filter(({ events }) => events.every((event) => settled.has(reservationEventId(event))));
  await Promise.all(told.map(({ subject }) => outbox.markPublished(subject)));
  return told.length;
}

/** Sends in order. Answers what SQS has, or will never take. */
async function send(deps: PublishDeps, events: readonly ReservationEvent[]): Promise<Set<string>> {
  const settled = new Set<string>();
  for (let at = 0; at < events.length; at += fifoBatchMax) {
    const batch = events.slice(at, at + fifoBatchMax);
    const { accepted, refused } = await deps.publisher.publish(batch);
    for (const id of [...accepted, ...refused]) settled.add(id);
    if (refused.size > 0) deps.telemetry.count(metrics.reservationEventInvalid, refused.size);
    const missing = batch.length - accepted.size - refused.size;
    if (missing > 0) deps.telemetry.count(metrics.salesOutboxRefused, missing);
  }
  return settled;
}

const eventOfReservation = (
  { reservationId, eventId, amountKrw, seatIds }: Reservation,
  { state, atMs }: { state: string; atMs: number },
) => ({ type: 'reservation', id: reservationId, eventId, state, atMs, amountKrw, seats: seatIds.length });

const eventOfPayment = (
  { orderId, eventId, amountKrw }: Payment,
  { state, atMs }: { state: string; atMs: number },
) => ({ type: 'payment', id: orderId, eventId, state, atMs, amountKrw });
