import type { Payment, Refund, Reservation } from '#contract/sale.ts';
import { drivePayment, moveOn, type PaymentPorts } from './payment.ts';
import { openRefund, priceOf } from './release-and-refund.ts';
import { ownedSeatIds } from './reservation.ts';

/** What is to be given back: seats that are still the buyer's, and what was paid for each. */
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
  /** Undefined: all that are left. */
  readonly seatIds?: readonly string[] | undefined;
  /**
   * Won to give back for these seats, by the terms they were bought on. Throws what the buyer is told when nothing is given
   * back. @default what was paid for them
   */
  readonly quote?: (asked: Asked) => number;
}

export type RefundOutcome =
  /** `settled` with seats left is `refunded` too: this refund of single seats is done. */
  | { readonly outcome: 'refunded' | 'refunding'; readonly payment: Payment }
  /** Another refund of this order is under way. */
  | { readonly outcome: 'busy'; readonly payment: Payment }
  | { readonly outcome: 'not-found' | 'not-owner' | 'not-paid' | 'no-such-seats' };

/** Two tabs may race for the same order: whoever loses looks again. */
const triesMax = 4;

/**
 * Gives back what was paid for an order, or for single seats of it: seats free, money back. One conditional write records the
 * refund with its seats and amount before anything else happens, so a crash cannot keep the money, and of two requests at
 * once one is recorded. A repeat finds the refund that is there.
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
    const { moved, payment: after } = await moveOn(ports, payment, { to: 'refunding', refunds });
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
    // Whatever the terms say, nobody gets more than was paid for the seats.
    amountKrw: Math.max(0, Math.min(quotedKrw, paidKrw)),
    state: 'open',
    atMs: ports.clock.nowMs(),
  };
}

/** The refund under way gives back what is asked for. */
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
