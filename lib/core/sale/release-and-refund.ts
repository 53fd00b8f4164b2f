import type { Payment, PaymentState, Refund, Reservation } from '#contract/sale.ts';
import { refundedKrw, refusalsMax } from './payment-life.ts';
import type { HoldStore, PaymentProvider, PaymentStore, ProviderPayment, ReservationStore } from './ports.ts';
import { ownedSeatIds } from './reservation.ts';
import { notifyWithoutWaiting } from './seat-hints.ts';

interface ReleaseAndRefundPorts {
  readonly holds: Pick<HoldStore, 'release'>;
  readonly payments: Pick<PaymentStore, 'noteRefusal'>;
  readonly provider: Pick<PaymentProvider, 'cancel' | 'query'>;
  readonly reservations: Pick<ReservationStore, 'move' | 'giveBackSeats' | 'get'>;
}

/** The next state of a payment and the values written with it. */
export interface Step {
  readonly to: PaymentState;
  readonly refunds?: readonly Refund[];
  /** Money refunded by this step, for statistics. `part`: the refund of single seats of an order that remains. */
  readonly returned?: { readonly amountKrw: number; readonly part?: number };
}

/** The open refund. Undefined: everything left is refunded, for late money or an item of an earlier release. */
export const openRefund = (payment: Payment): Refund | undefined => {
  const last = payment.refunds?.at(-1);
  return last?.state === 'open' ? last : undefined;
};

/**
 * The provider replays its first response to a key for 15 days. So a key is used again only until a response arrives: each
 * refusal raises `askNumber`, which makes a new key.
 */
export function idempotencyKeyOf(what: 'confirm' | 'cancel', payment: Payment): string {
  const refund = what === 'cancel' ? openRefund(payment) : undefined;
  const part = refund === undefined ? '' : `-${refund.refundId}`;
  const again = (payment.askNumber ?? 0) === 0 ? '' : `-again${payment.askNumber}`;
  return `${what}-${payment.orderId}${part}${again}`;
}

/** Reason stored at the provider. It identifies a refund there under every idempotency key. */
const reasonOf = (refund: Refund | undefined): string =>
  refund === undefined ? 'reservation over' : `refund ${refund.refundId}`;

/** Releases the seats, then refunds the money. Undefined: undecided, to be repeated later. */
export async function releaseAndRefund(
  ports: ReleaseAndRefundPorts,
  payment: Payment,
): Promise<Step | undefined> {
  const refund = openRefund(payment);
  const hasEnded = await freeSeats(ports, payment, refund);
  const done = afterRefund(payment, refund, hasEnded);
  // A fee of 100% leaves nothing to refund.
  if (refund?.amountKrw === 0) return done;
  const { orderId, paymentKey, askNumber = 0 } = payment;
  if (paymentKey === undefined) return undefined;
  // With a new key the provider would repeat a refund whose response was lost, so it is queried first.
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

/** The step of a payment whose open refund is done, at the provider or by an operator. */
export function afterRefund(payment: Payment, refund: Refund | undefined, hasEnded: boolean): Step {
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
  return hasEnded
    ? { to: 'refunded', refunds: [...earlier, done], returned: { amountKrw } }
    : { to: 'settled', refunds: [...earlier, done], returned: { amountKrw, part: refundId } };
}

/**
 * Releases seats by one conditional write of the reservation: it is cancelled, or lists the seats as released. From then on
 * other buyers may claim them. Returns whether the whole order has ended.
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
  // A reservation that this order paid loses its seats before the refund; one that another order paid keeps them.
  const { reservation } = await ports.reservations.move({
    reservationId,
    from: ['confirmed'],
    to: 'cancelled',
    ifOrderId: orderId,
  });
  // Also on a repeat, because a crash may have happened between the move and the release.
  if (reservation?.state === 'cancelled' && reservation.orderId === orderId)
    notifyWithoutWaiting(ports.holds.release({ ...reservation, seatIds: ownedSeatIds(reservation) }));
  return true;
}

/** Amount paid for some seats. Earlier releases stored only the sum: it is split evenly, the remainder on the last seat. */
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
