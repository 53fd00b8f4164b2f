import type { Payment, PaymentState } from '#contract/sale.ts';
import { refundedKrw } from './payment-life.ts';
import type { ProviderPayment } from './ports.ts';
import { openRefund } from './release-and-refund.ts';

/** One movement of money at the provider; cancellations count against. */
export interface Transaction {
  readonly orderId: string;
  readonly isCancel: boolean;
  readonly amountKrw: number;
}

export interface BooksLine {
  readonly orderId: string;
  /** `unknown`: the order is not in our books. */
  readonly state: PaymentState | 'unknown';
  /** Won that we say we have of this order, and that the provider says we have. */
  readonly oursKrw: number;
  readonly providersKrw: number;
}

export interface Comparison {
  readonly orders: number;
  /** A refund or confirm is on its way: the next comparison will know. */
  readonly underWay: readonly BooksLine[];
  readonly differing: readonly BooksLine[];
}

const took: ReadonlySet<PaymentState> = new Set([
  'approved',
  'settled',
  'refunding',
  'refund-refused',
  'refunded',
]);
const oursOf = (payment: Payment | undefined): number =>
  payment !== undefined && took.has(payment.state) ? payment.amountKrw - refundedKrw(payment) : 0;
const leftOf = (answer: ProviderPayment): number => ('leftKrw' in answer ? answer.leftKrw : 0);

/**
 * Compares what the provider moved on a day with what our books say of these orders, and what our books touched with what the
 * provider says. A day's movements alone do not tell how an order stands, so where they and our books differ the provider is asked.
 */
export async function compareBooks(
  transactions: readonly Transaction[],
  ours: ReadonlyMap<string, Payment>,
  ask: {
    /** Ours, where the order was not touched on that day. */
    readonly payment: (orderId: string) => Promise<Payment | undefined>;
    readonly provider: (orderId: string) => Promise<ProviderPayment>;
  },
): Promise<Comparison> {
  const movedKrw = new Map<string, number>();
  for (const { orderId, isCancel, amountKrw } of transactions)
    movedKrw.set(orderId, (movedKrw.get(orderId) ?? 0) + (isCancel ? -amountKrw : amountKrw));
  const orderIds = new Set([...movedKrw.keys(), ...ours.keys()]);
  const underWay: BooksLine[] = [];
  const differing: BooksLine[] = [];
  for (const orderId of orderIds) {
    const payment = ours.get(orderId) ?? (await ask.payment(orderId));
    const oursKrw = oursOf(payment);
    // Nothing is in the books of either, as of an order that was never paid.
    if ((movedKrw.get(orderId) ?? 0) === oursKrw) continue;
    const providersKrw = leftOf(await ask.provider(orderId));
    if (providersKrw === oursKrw) continue;
    const line = { orderId, state: payment?.state ?? ('unknown' as const), oursKrw, providersKrw };
    if (payment !== undefined && isUnderWay(payment, oursKrw - providersKrw)) underWay.push(line);
    else differing.push(line);
  }
  return { orders: orderIds.size, underWay, differing };
}

/** The difference is what the step under way is about. */
function isUnderWay(payment: Payment, missingKrw: number): boolean {
  if (payment.state === 'approving') return missingKrw === -payment.amountKrw;
  if (payment.state !== 'refunding') return false;
  return missingKrw === (openRefund(payment)?.amountKrw ?? payment.amountKrw - refundedKrw(payment));
}
