import type { Payment, Reservation } from '#contract/sale.ts';
import { orderIdOf, type Sha256Hex } from './ids.ts';
import type { Clock, PaymentStore, ReservationStore } from './ports.ts';

/** Orders per reservation: after so many declined cards the buyer has to reserve again. */
const paymentAttemptsMax = 5;

type PrepareOutcome =
  | { readonly outcome: 'prepared'; readonly payment: Payment; readonly reservation: Reservation }
  | { readonly outcome: 'not-found' | 'not-owner' | 'fence-refused' | 'payments-declined' }
  /** No longer pending: paid, expired or cancelled. */
  | { readonly outcome: 'ended'; readonly reservation: Reservation }
  /** The provider was called and has not decided: no new order may begin. */
  | { readonly outcome: 'in-progress'; readonly payment: Payment };

/**
 * Creates the order that pays a reservation, or returns the existing one, so two tabs get the same order. A declined order
 * is followed by a new one.
 */
export async function preparePayment(
  ports: { clock: Clock; payments: PaymentStore; reservations: ReservationStore; sha256: Sha256Hex },
  request: { reservationId: string; userId: string; fence: number },
): Promise<PrepareOutcome> {
  const reservation = await ports.reservations.get(request.reservationId);
  if (reservation === undefined) return { outcome: 'not-found' };
  if (reservation.userId !== request.userId) return { outcome: 'not-owner' };
  if (reservation.fence !== request.fence) return { outcome: 'fence-refused' };
  const nowMs = ports.clock.nowMs();
  // An overdue reservation that is not swept yet must not be paid either.
  const hasEnded = reservation.state !== 'pending' || reservation.expiresAtMs <= nowMs;
  if (hasEnded) return { outcome: 'ended', reservation };

  for (let attempt = 0; attempt < paymentAttemptsMax; attempt++) {
    const { payment } = await ports.payments.create({
      orderId: orderIdOf(ports.sha256, reservation.reservationId, attempt),
      reservationId: reservation.reservationId,
      eventId: reservation.eventId,
      userId: reservation.userId,
      amountKrw: reservation.amountKrw,
      fence: reservation.fence,
      state: 'prepared',
      createdAtMs: nowMs,
      updatedAtMs: nowMs,
      version: 1,
    });
    if (payment.state === 'prepared') return { outcome: 'prepared', payment, reservation };
    if (payment.state !== 'declined') return { outcome: 'in-progress', payment };
  }
  return { outcome: 'payments-declined' };
}
