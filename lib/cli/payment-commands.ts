import type { Payment, Reservation } from '#contract/sale.ts';
import { UrrError } from '#core/errors.ts';
import { type Comparison, compareBooks } from '#core/sale/compare-books.ts';
import { refundedKrw } from '#core/sale/payment-life.ts';
import { retryRefund, settleManually } from '#core/sale/settle-manually.ts';
import type { Actor } from './event-commands.ts';
import { printable } from './print.ts';
import type { Target } from './target.ts';

export interface PaymentReport {
  readonly payment: Payment;
  readonly refundedKrw: number;
  readonly reservation: Pick<Reservation, 'state' | 'seatIds' | 'givenBackSeatIds'> | undefined;
}

export async function showPayment(target: Target, orderId: string): Promise<PaymentReport> {
  const payment = await target.payments.get(orderId);
  if (payment === undefined)
    throw new UrrError('NOT_FOUND', `there is no order ${orderId}; check the id and the environment`);
  return reportOf(target, payment);
}

export const retryPayment = async (
  target: Target,
  orderId: string,
  why: string,
  { by, nowMs }: Actor,
): Promise<PaymentReport> => reportOf(target, await retryRefund(target, orderId, { by, why, atMs: nowMs() }));

export const settlePayment = async (
  target: Target,
  orderId: string,
  why: string,
  { by, nowMs }: Actor,
): Promise<PaymentReport> =>
  reportOf(target, await settleManually(target, orderId, { by, why, atMs: nowMs() }));

async function reportOf(target: Target, payment: Payment): Promise<PaymentReport> {
  const reservation = await target.reservations.get(payment.reservationId);
  return { payment, refundedKrw: refundedKrw(payment), reservation };
}

export interface DayReport extends Comparison {
  readonly day: string;
  /** Unreadable payments in URR's books, which were not compared. */
  readonly unreadable: readonly string[];
}

const dayMs = 24 * 60 * 60 * 1000;

/** Compares URR's books of a day in Korea with the provider's. */
export async function comparePayments(target: Target, day: string): Promise<DayReport> {
  const fromMs = Date.parse(`${day}T00:00:00+09:00`);
  const provider = await target.openProvider();
  const unreadable: string[] = [];
  const transactions = await provider.transactions(fromMs, fromMs + dayMs);
  const ours = await target.paymentsTouched(fromMs, fromMs + dayMs, (error) =>
    unreadable.push(error.message),
  );
  const compared = await compareBooks(transactions, ours, {
    payment: (orderId) => target.payments.get(orderId),
    provider: provider.query,
  });
  return { day, ...compared, unreadable };
}

/** Exit code 1: an operator has to investigate. */
export const isWrong = ({ differing, unreadable }: DayReport): boolean =>
  differing.length > 0 || unreadable.length > 0;

const won = (krw: number) => `${krw.toLocaleString('en')} won`;

export function paymentText({ payment, refundedKrw: returnedKrw, reservation }: PaymentReport): string {
  const { orderId, state, amountKrw, refunds = [], lastRefusal, refusals, byHand = [] } = payment;
  const seats = reservation?.seatIds.filter((seatId) => !reservation.givenBackSeatIds?.includes(seatId));
  return [
    `order ${orderId}: ${state}, ${won(amountKrw)}, ${won(returnedKrw)} refunded`,
    `reservation ${payment.reservationId}: ${reservation?.state ?? 'deleted'}, ${seats?.join(' ') ?? ''}`,
    ...refunds.map(
      (refund) =>
        `refund ${refund.refundId}: ${refund.state}, ${won(refund.amountKrw)}, ${refund.seatIds.join(' ')}`,
    ),
    ...(lastRefusal === undefined
      ? []
      : [`refused ${refusals ?? 0} times, last with ${printable(lastRefusal)}`]),
    ...byHand.map(
      ({ what, by, why, atMs }) =>
        `${new Date(atMs).toISOString()} ${what} by ${printable(by)}: ${printable(why)}`,
    ),
  ].join('\n');
}

export function dayText({ day, orders, underWay, differing, unreadable }: DayReport): string {
  const line = ({ orderId, state, oursKrw, providersKrw }: Comparison['differing'][number]) =>
    `order ${orderId} (${state}): URR has ${won(oursKrw)}, the provider has ${won(providersKrw)}`;
  return [
    `${day}: ${orders} orders, ${differing.length} differ, ${underWay.length} under way`,
    ...differing.map((one) => `differs: ${line(one)}`),
    ...underWay.map((one) => `under way: ${line(one)}`),
    ...unreadable.map((message) => `unreadable: ${message}`),
  ].join('\n');
}
