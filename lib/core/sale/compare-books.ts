import type { Payment, PaymentState } from '#contract/sale.ts';
import { refundedKrw } from './payment-life.ts';
import type { ProviderPayment } from './ports.ts';
import { openRefund } from './release-and-refund.ts';

/** One movement of money at the provider. A cancellation counts as negative. */
export interface Transaction {
  readonly orderId: string;
  readonly isCancel: boolean;
  readonly amountKrw: number;
}

interface BooksLine {
  readonly orderId: string;
  /** `unknown`: URR has no payment of this order. */
  readonly state: PaymentState | 'unknown';
  /** Won received and not refunded, by URR's payments and by the provider. */
  readonly oursKrw: number;
  readonly providersKrw: number;
}

export interface Comparison {
  readonly orders: number;
  /** A refund or confirm under way explains the difference; the next comparison shows whether it is gone. */
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
 * Compares the provider's movements of a day with URR's payments, for every order that either of them changed on that day.
 * One day's movements do not show the balance of an order, so each difference is checked by a query to the provider.
 */
export async function compareBooks(
  transactions: readonly Transaction[],
  ours: ReadonlyMap<string, Payment>,
  ask: {
    /** Reads URR's payment of an order that did not change on that day. */
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
    // Equal; an order that was never paid is 0 on both sides.
    if ((movedKrw.get(orderId) ?? 0) === oursKrw) continue;
    const providersKrw = leftOf(await ask.provider(orderId));
    if (providersKrw === oursKrw) continue;
    const line = { orderId, state: payment?.state ?? ('unknown' as const), oursKrw, providersKrw };
    if (payment !== undefined && isUnderWay(payment, oursKrw - providersKrw)) underWay.push(line);
    else differing.push(line);
  }
  return { orders: orderIds.size, underWay, differing };
}

/** The difference equals the amount of the step under way. */
function isUnderWay(payment: Payment, missingKrw: number): boolean {
  if (payment.state === 'approving') return missingKrw === -payment.amountKrw;
  if (payment.state !== 'refunding') return false;
  return missingKrw === (openRefund(payment)?.amountKrw ?? payment.amountKrw - refundedKrw(payment));
}
