import type { Announcement, Outbox } from '#adapters/dynamodb/sale/outbox.ts';
import { fifoBatchMax } from '#adapters/sqs/fifo-sender.ts';
import { metrics } from '#contract/metrics.ts';
import {
  type ReservationEvent,
  reservationEventId,
  reservationEventSchema,
} from '#contract/reservation-event.ts';
import type { Payment, Reservation } from '#contract/sale.ts';
import { priceOf } from '#core/sale/release-and-refund.ts';
import { ownedSeatIds } from '#core/sale/reservation.ts';
import type { SetAside } from '#core/sale/set-aside.ts';
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
export async function relaySales(
  deps: PublishDeps,
  setAside: SetAside,
  isStopping: () => boolean,
): Promise<void> {
  const round = async <Subject>(outbox: Outbox<Subject>, kind: Kind<Subject>) => {
    try {
      for (let look = 0; look < looksMax && !isStopping(); look++)
        if ((await publishAll(deps, outbox, kind, setAside)) < itemsMax) break;
    } catch (error) {
      deps.telemetry.error('what became of sales could not be told', error);
    }
  };
  await Promise.all([round(deps.reservations, reservationKind), round(deps.payments, paymentKind)]);
  deps.telemetry.flush();
}

/** Returns the number of items that left the outbox. */
async function publishAll<Subject>(
  deps: PublishDeps,
  outbox: Outbox<Subject>,
  { idOf, toEvent }: Kind<Subject>,
  setAside: SetAside,
): Promise<number> {
  const unpublished = await outbox.listUnpublished(itemsMax, (subject) => setAside.has(idOf(subject)));
  const items = unpublished.flatMap(({ subject, announcements }) => {
    const parsed = announcements.map((one) => reservationEventSchema.safeParse(toEvent(subject, one)));
    const events = parsed.flatMap(({ data }) => data ?? []);
    if (events.length === announcements.length) return [{ subject, events }];
    // A newer release may announce what this one does not know: it stays in the outbox, and in nobody's way.
    setAside.failed(idOf(subject));
    deps.telemetry.count(metrics.reservationEventInvalid);
    deps.telemetry.warn('a change cannot be told and stays in the outbox', { id: idOf(subject) });
    return [];
  });
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

interface Kind<Subject> {
  readonly idOf: (subject: Subject) => string;
  /** The message as it should be; the contract's schema judges it. */
  readonly toEvent: (subject: Subject, announcement: Announcement) => unknown;
}

/** Seats given back singly are told one by one; `cancelled` without a part is about those that were left. */
const reservationKind: Kind<Reservation> = {
  idOf: ({ reservationId }) => reservationId,
  toEvent: (reservation, { state, atMs, part, amountKrw, seats }) => {
    const told = state === 'confirmed' ? reservation.seatIds : ownedSeatIds(reservation);
    return {
      type: 'reservation',
      id: reservation.reservationId,
      eventId: reservation.eventId,
      state,
      atMs,
      ...(part === undefined ? {} : { part }),
      amountKrw: amountKrw ?? priceOf(reservation, told),
      seats: seats ?? told.length,
    };
  },
};

const paymentKind: Kind<Payment> = {
  idOf: ({ orderId }) => orderId,
  toEvent: (payment, { state, atMs, part, amountKrw }) => ({
    type: 'payment',
    id: payment.orderId,
    eventId: payment.eventId,
    state,
    atMs,
    ...(part === undefined ? {} : { part }),
    amountKrw: amountKrw ?? payment.amountKrw,
  }),
};
