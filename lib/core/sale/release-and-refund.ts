import type { Payment, PaymentState, Refund, Reservation } from '#contract/sale.ts';
import { refundedKrw, refusalsMax } from './payment-life.ts';
import type { HoldStore, PaymentProvider, PaymentStore, ProviderPayment, ReservationStore } from './ports.ts';
import { ownedSeatIds } from './reservation.ts';
import { notifyWithoutWaiting } from './seat-hints.ts';

export interface ReleaseAndRefundPorts {
  readonly holds: Pick<HoldStore, 'release'>;
  readonly payments: Pick<PaymentStore, 'noteRefusal'>;
  readonly provider: Pick<PaymentProvider, 'cancel' | 'query'>;
  readonly reservations: Pick<ReservationStore, 'move' | 'giveBackSeats' | 'get'>;
}

/** Where a payment goes next, and what is written with it. */
export interface Step {
  readonly to: PaymentState;
  readonly refunds?: readonly Refund[];
  /** Money that this step gave back, for statistics. `part`: of an order that goes on. */
  readonly returned?: { readonly amountKrw: number; readonly part?: number };
}

/** The refund under way. One that nobody wrote down gives back all that is left: late money, or an item of an earlier release. */
export const openRefund = (payment: Payment): Refund | undefined => {
  const last = payment.refunds?.at(-1);
  return last?.state === 'open' ? last : undefined;
};

/**
 * The provider replays its first answer to a key for 15 days, so a key is used again only while no answer has come: each
 * answer that refuses raises `askNumber`.
 */
export function idempotencyKeyOf(what: 'confirm' | 'cancel', payment: Payment): string {
  const refund = what === 'cancel' ? openRefund(payment) : undefined;
  const part = refund === undefined ? '' : `-${refund.refundId}`;
  const again = (payment.askNumber ?? 0) === 0 ? '' : `-again${payment.askNumber}`;
  return `${what}-${payment.orderId}${part}${again}`;
}

/** Stands at the provider, so that a refund is recognized there under whichever key it was asked for. */
const reasonOf = (refund: Refund | undefined): string =>
  refund === undefined ? 'reservation over' : `refund ${refund.refundId}`;

/** Seats first, then money. Undefined: not decided yet, ask again later. */
export async function releaseAndRefund(
  ports: ReleaseAndRefundPorts,
  payment: Payment,
): Promise<Step | undefined> {
  const refund = openRefund(payment);
  const isOver = await freeSeats(ports, payment, refund);
  const done = finished(payment, refund, isOver);
  // A fee may take everything.
  if (refund?.amountKrw === 0) return done;
  const { orderId, paymentKey, askNumber = 0 } = payment;
  if (paymentKey === undefined) return undefined;
  // Under a fresh key the provider would give back again what it has given back without our hearing of it.
  if (askNumber > 0 && isGivenBack(await ports.provider.query(orderId), refund)) return done;
  const answer = await ports.provider.cancel({
    orderId,
    paymentKey,
    reason: reasonOf(refund),
    idempotencyKey: idempotencyKeyOf('cancel', payment),
    ...(refund === undefined || refund.amountKrw === payment.amountKrw
      ? {}
      : { amountKrw: refund.amountKrw }),
  });
  if (isGivenBack(answer, refund)) return done;
  if (answer.state !== 'refused') return undefined;
  if (isGivenBack(await ports.provider.query(orderId), refund)) return done;
  const { code, isLasting } = answer;
  const refusals = await ports.payments.noteRefusal({
    orderId,
    state: 'refunding',
    askNumber,
    code,
    isLasting,
  });
  return refusals >= refusalsMax ? { to: 'refund-refused' } : undefined;
}

function isGivenBack(answer: ProviderPayment, refund: Refund | undefined): boolean {
  if (answer.state === 'cancelled') return true;
  return (
    refund !== undefined &&
    answer.state === 'partly-cancelled' &&
    answer.cancels.some(({ reason }) => reason === reasonOf(refund))
  );
}

/** How a payment stands when its open refund is done, at the provider or by hand. */
export function finished(payment: Payment, refund: Refund | undefined, isOver: boolean): Step {
  const earlier = (payment.refunds ?? []).filter(({ state }) => state === 'done');
  const whole: Refund = {
    refundId: earlier.length + 1,
    seatIds: [],
    amountKrw: payment.amountKrw - refundedKrw({ ...payment, refunds: earlier }),
    state: 'done',
    atMs: payment.updatedAtMs,
  };
  const done: Refund = refund === undefined ? whole : { ...refund, state: 'done' };
  const { amountKrw, refundId } = done;
  return isOver
    ? { to: 'refunded', refunds: [...earlier, done], returned: { amountKrw } }
    : { to: 'settled', refunds: [...earlier, done], returned: { amountKrw, part: refundId } };
}

/**
 * One conditional write of the reservation decides: the whole of it is cancelled, or the seats are listed as given back.
 * From then on they are free to whoever claims them. Answers whether the order is over.
 */
async function freeSeats(
  ports: ReleaseAndRefundPorts,
  payment: Payment,
  refund: Refund | undefined,
): Promise<boolean> {
  const { orderId, reservationId } = payment;
  if (refund !== undefined && refund.seatIds.length > 0) {
    const given = (payment.refunds ?? []).flatMap(({ seatIds }) => seatIds);
    const known = await ports.reservations.get(reservationId);
    const isPart = known?.state === 'confirmed' && known.seatIds.some((seatId) => !given.includes(seatId));
    if (isPart) {
      const { reservation } = await ports.reservations.giveBackSeats({
        reservationId,
        orderId,
        givenBackSeatIds: given,
        part: {
          refundId: refund.refundId,
          seats: refund.seatIds.length,
          amountKrw: priceOf(known, refund.seatIds),
        },
      });
      if (reservation?.state === 'confirmed' && reservation.orderId === orderId) {
        notifyWithoutWaiting(ports.holds.release({ ...reservation, seatIds: refund.seatIds }));
        return false;
      }
    }
  }
  // A reservation that this order paid loses its seats before the money goes; one that another order paid keeps them.
  const { reservation } = await ports.reservations.move({
    reservationId,
    from: ['confirmed'],
    to: 'cancelled',
    ifOrderId: orderId,
  });
  // Also on a repeat: a crash may have come between the move and the release.
  if (reservation?.state === 'cancelled' && reservation.orderId === orderId)
    notifyWithoutWaiting(ports.holds.release({ ...reservation, seatIds: ownedSeatIds(reservation) }));
  return true;
}

/** What was paid for some seats. Earlier releases wrote down the sum alone: it is split evenly, the rest to the last seat. */
export function priceOf(
  { seatIds, amountKrw, seatAmountsKrw }: Reservation,
  some: readonly string[],
): number {
  const even = Math.floor(amountKrw / seatIds.length);
  const isLast = (index: number) => index === seatIds.length - 1;
  return seatIds.reduce((sum, seatId, index) => {
    if (!some.includes(seatId)) return sum;
    const split = isLast(index) ? amountKrw - even * (seatIds.length - 1) : even;
    return sum + (seatAmountsKrw?.[index] ?? split);
  }, 0);
}
