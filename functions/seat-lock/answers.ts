import type { UrrEvent } from '#contract/event.ts';
import type { Payment, Reservation } from '#contract/sale.ts';
import type { HoldAnswer, MineAnswer, PaymentAnswer, ReservationAnswer } from '#contract/sale-http.ts';
import { UrrError } from '#core/errors.ts';
import type { ChangeOutcome } from '#core/sale/change.ts';
import { refundedKrw } from '#core/sale/payment-life.ts';
import { refusal } from '#core/sale/refusals.ts';
import { hasSaleEnded, salesEndMs } from '#core/sale/sale-hours.ts';

/** The part of a reservation that its owner sees. The fence is not in it: the buyer received it once (E6). */
function shown(reservation: Reservation): MineAnswer['reservations'][number] {
  const { reservationId, eventId, seatIds, amountKrw, state } = reservation;
  const { createdAtMs, expiresAtMs, expiresAtMaxMs, orderId, givenBackSeatIds } = reservation;
  return {
    reservationId,
    eventId,
    seatIds,
    amountKrw,
    state,
    createdAtMs,
    expiresAtMs,
    expiresAtMaxMs,
    ...(orderId === undefined ? {} : { orderId }),
    ...(givenBackSeatIds === undefined ? {} : { givenBackSeatIds }),
  };
}

export const reservationAnswer = (reservation: Reservation, nowMs: number): ReservationAnswer => ({
  ...shown(reservation),
  serverTimeMs: nowMs,
});

/** Adds the fence, for a buyer who has just presented or received it. */
export const holdAnswer = (reservation: Reservation, nowMs: number): HoldAnswer => ({
  ...reservationAnswer(reservation, nowMs),
  fence: reservation.fence,
});

export const mineAnswer = (reservations: readonly Reservation[], nowMs: number): MineAnswer => ({
  reservations: reservations.map(shown),
  serverTimeMs: nowMs,
});

export function paymentAnswer(payment: Payment): PaymentAnswer {
  const { orderId, reservationId, amountKrw, state } = payment;
  const givenBackKrw = refundedKrw(payment);
  return {
    orderId,
    reservationId,
    amountKrw,
    // A refund that the provider refuses is still owed, so the buyer sees it as under way.
    state: state === 'refund-refused' ? 'refunding' : state,
    ...(givenBackKrw === 0 ? {} : { refundedKrw: givenBackKrw }),
  };
}

/** @throws UrrError SALE_ENDED */
export function requireSale(event: Pick<UrrEvent, 'salesEndAt' | 'startsAt'>, nowMs: number): void {
  const endMs = salesEndMs(event);
  if (endMs !== undefined && hasSaleEnded(event, nowMs))
    throw new UrrError('SALE_ENDED', 'the sale has ended', {
      details: { salesEndAt: new Date(endMs).toISOString() },
    });
}
/** Returns the reservation after a change, or throws the refusal. */
export function changed(outcome: ChangeOutcome): Reservation {
  if (outcome.outcome === 'done') return outcome.reservation;
  if (outcome.outcome === 'ended') throw refusal('ended', { details: { state: outcome.reservation.state } });
  throw refusal(outcome.outcome);
}
