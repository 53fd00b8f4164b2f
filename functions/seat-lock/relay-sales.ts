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

/** The part of the worker's dependencies that publishing needs. */
export interface RelayDeps {
  readonly reservations: Outbox<Reservation>;
  readonly payments: Outbox<Payment>;
  readonly publisher: ReservationPublisher;
  readonly telemetry: Telemetry;
}

/** Items per read. SQS FIFO accepts 3,000 messages per second in batches, far more than are sold. */
const itemsMax = 100;
/** Reads per round, so that a backlog is sent without pauses. */
const looksMax = 10;

/**
 * Sends the outcomes of sales to the statistics: at least once, without loss. A change leaves its item's outbox after SQS
 * has accepted it; SQS drops a repeat, also of another worker, by its deduplication id. Never throws.
 */
export async function relaySales(
  deps: RelayDeps,
  setAside: SetAside,
  isStopping: () => boolean,
): Promise<void> {
  const round = async <Subject>(outbox: Outbox<Subject>, kind: Kind<Subject>) => {
    try {
      for (let look = 0; look < looksMax && !isStopping(); look++)
        if ((await publishAll(deps, outbox, kind, setAside)) < itemsMax) break;
    } catch (error) {
      deps.telemetry.error('outcomes of sales could not be sent; the next round repeats it', error);
    }
  };
  await Promise.all([round(deps.reservations, reservationKind), round(deps.payments, paymentKind)]);
  deps.telemetry.flush();
}

/** Returns the number of items that left the outbox. */
async function publishAll<Subject>(
  deps: RelayDeps,
  outbox: Outbox<Subject>,
  { idOf, toEvent }: Kind<Subject>,
  setAside: SetAside,
): Promise<number> {
  const unpublished = await outbox.listUnpublished(itemsMax, (subject) => setAside.has(idOf(subject)));
  const items = unpublished.flatMap(({ subject, announcements }) => {
    const parsed = announcements.map((one) => reservationEventSchema.safeParse(toEvent(subject, one)));
    const events = parsed.flatMap(({ data }) => data ?? []);
    if (events.length === announcements.length) return [{ subject, events }];
    // An announcement of a newer release may be unknown here. It stays in the outbox and does not block other items.
    setAside.failed(idOf(subject));
    deps.telemetry.count(metrics.reservationEventInvalid);
    deps.telemetry.warn('a change does not match the schema of its message and stays in the outbox', {
      id: idOf(subject),
    });
    return [];
  });
  const settled = await send(
    deps,
    items.flatMap(({ events }) => events),
  );
  const sent = items.filter(({ events }) => events.every((event) => settled.has(reservationEventId(event))));
  await Promise.all(sent.map(({ subject }) => outbox.markPublished(subject)));
  return sent.length;
}

/** Sends in order. Returns the ids that SQS has accepted or refused for good. */
async function send(deps: RelayDeps, events: readonly ReservationEvent[]): Promise<Set<string>> {
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
  /** Builds the message, which the contract's schema then validates. */
  readonly toEvent: (subject: Subject, announcement: Announcement) => unknown;
}

/** Each refund of single seats is one message; `cancelled` without a part covers the remaining seats. */
const reservationKind: Kind<Reservation> = {
  idOf: ({ reservationId }) => reservationId,
  toEvent: (reservation, { state, atMs, part, amountKrw, seats }) => {
    const seatIds = state === 'confirmed' ? reservation.seatIds : ownedSeatIds(reservation);
    return {
      type: 'reservation',
      id: reservation.reservationId,
      eventId: reservation.eventId,
      state,
      atMs,
      ...(part === undefined ? {} : { part }),
      amountKrw: amountKrw ?? priceOf(reservation, seatIds),
      seats: seats ?? seatIds.length,
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
