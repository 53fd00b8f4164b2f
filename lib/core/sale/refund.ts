import type { Payment, Refund, Reservation } from '#contract/sale.ts';
import { drivePayment, movePayment, type PaymentPorts } from './payment.ts';
import { openRefund, priceOf } from './release-and-refund.ts';
import { ownedSeatIds } from './reservation.ts';

/** The seats to refund, which the buyer still owns, and the amount paid for each. */
export interface Asked {
  readonly reservation: Reservation;
  readonly payment: Payment;
  readonly seatIds: readonly string[];
  /** In the order of `seatIds`. */
  readonly seatAmountsKrw: readonly number[];
}

export interface RefundRequest {
  readonly orderId: string;
  readonly userId: string;
  /** Undefined: all seats that the buyer still owns. */
  readonly seatIds?: readonly string[] | undefined;
  /**
   * Returns the won to refund by the terms of the purchase. Throws the error for the buyer when there is no refund.
   * @default the amount paid
   */
  readonly quote?: (asked: Asked) => number;
}

type RefundOutcome =
  /** `refunded`: also when the payment is `settled` again after a refund of single seats. */
  | { readonly outcome: 'refunded' | 'refunding'; readonly payment: Payment }
  /** Another refund of this order is under way. */
  | { readonly outcome: 'busy'; readonly payment: Payment }
  | { readonly outcome: 'not-found' | 'not-owner' | 'not-paid' | 'no-such-seats' };

/** Attempts, because a concurrent request for the same order may win the write. */
const triesMax = 4;

/**
 * Refunds an order or single seats of it, and releases the seats. One conditional write first records the refund with its
 * seats and amount, so a crash cannot lose it, and of two concurrent requests one is recorded. A repeat returns the
 * recorded refund.
 */
export async function refundPayment(ports: PaymentPorts, request: RefundRequest): Promise<RefundOutcome> {
  for (let tries = 0; tries < triesMax; tries++) {
    const payment = await ports.payments.get(request.orderId);
    if (payment === undefined) return { outcome: 'not-found' };
    if (payment.userId !== request.userId) return { outcome: 'not-owner' };
    const { state } = payment;
    if (state === 'refunded') return { outcome: 'refunded', payment };
    if (state === 'refund-refused') return { outcome: 'refunding', payment };
    if (state === 'refunding') {
      const isSame = await isUnderWay(ports, payment, request);
      const after = await drivePayment(ports, payment);
      if (isSame) return ended(after, openRefund(payment)?.refundId);
      if (after.state === 'refunding' || after.state === 'refund-refused')
        return { outcome: 'busy', payment: after };
      continue;
    }
    if (state !== 'settled') return { outcome: 'not-paid' };
    const refund = await refundOf(ports, payment, request);
    if (refund === 'no-such-seats') return { outcome: refund };
    if (refund === 'all-given-back') return { outcome: 'refunded', payment };
    const refunds = [...(payment.refunds ?? []), refund];
    const { moved, payment: after } = await movePayment(ports, payment, { to: 'refunding', refunds });
    if (moved && after !== undefined) return ended(await drivePayment(ports, after), refund.refundId);
  }
  const payment = await ports.payments.get(request.orderId);
  return payment === undefined ? { outcome: 'not-found' } : { outcome: 'busy', payment };
}

async function refundOf(
  ports: PaymentPorts,
  payment: Payment,
  { seatIds: wanted, quote }: RefundRequest,
): Promise<Refund | 'no-such-seats' | 'all-given-back'> {
  const reservation = await ports.reservations.get(payment.reservationId);
  if (reservation === undefined || wanted?.some((seatId) => !reservation.seatIds.includes(seatId)))
    return 'no-such-seats';
  const owned = ownedSeatIds(reservation);
  const seatIds = wanted === undefined ? owned : owned.filter((seatId) => wanted.includes(seatId));
  if (seatIds.length === 0) return 'all-given-back';
  const seatAmountsKrw = seatIds.map((seatId) => priceOf(reservation, [seatId]));
  const paidKrw = seatAmountsKrw.reduce((sum, krw) => sum + krw, 0);
  const quotedKrw = quote?.({ reservation, payment, seatIds, seatAmountsKrw }) ?? paidKrw;
  return {
    refundId: (payment.refunds?.length ?? 0) + 1,
    seatIds: [...seatIds],
    // Never more than was paid for the seats, whatever the terms say.
    amountKrw: Math.max(0, Math.min(quotedKrw, paidKrw)),
    state: 'open',
    atMs: ports.clock.nowMs(),
  };
}

/** The open refund covers the requested seats. */
async function isUnderWay(
  ports: PaymentPorts,
  payment: Payment,
  { seatIds: wanted }: RefundRequest,
): Promise<boolean> {
  const open = openRefund(payment);
  if (open === undefined) return true;
  if (wanted !== undefined) return wanted.every((seatId) => open.seatIds.includes(seatId));
  const given = (payment.refunds ?? []).flatMap(({ seatIds }) => seatIds);
  const reservation = await ports.reservations.get(payment.reservationId);
  return reservation?.seatIds.every((seatId) => given.includes(seatId)) ?? true;
}

function ended(payment: Payment, refundId: number | undefined): RefundOutcome {
  const isDone = payment.refunds?.some((refund) => refund.refundId === refundId && refund.state === 'done');
  return { outcome: payment.state === 'refunded' || isDone ? 'refunded' : 'refunding', payment };
}
