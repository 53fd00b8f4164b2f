import { eventIdPattern } from '#contract/event-names.ts';
import { returnQuery } from '#contract/payment-return.ts';

/** The hold in the address of the result page. The address came through the buyer's browser, so the server checks it. */
export interface ReturnedHold {
  readonly eventId: string;
  readonly reservationId: string;
  readonly fence: number;
}
export type Returned =
  /** From the provider's page, after the buyer has approved the payment. */
  | {
      readonly kind: 'paid';
      readonly hold: ReturnedHold;
      readonly orderId: string;
      readonly paymentKey: string;
      readonly amountKrw: number;
    }
  /** From the provider's page, without a payment. */
  | { readonly kind: 'failed'; readonly hold: ReturnedHold; readonly code: string }
  /** From a link: the page shows the state of this reservation. */
  | { readonly kind: 'ask'; readonly reservationId: string };

/** Parses the query of the address; null: it has no reservation, so the page lists all. */
export function readReturned(search: string): Returned | null {
  const query = new URLSearchParams(search);
  const reservationId = query.get(returnQuery.reservation) ?? '';
  if (!/^[0-9a-f-]{36}$/.test(reservationId)) return null;
  const ask = { kind: 'ask', reservationId } as const;
  const eventId = query.get(returnQuery.event) ?? '';
  const fence = wholeNumber(query.get(returnQuery.fence));
  if (!eventIdPattern.test(eventId) || fence === null) return ask;
  const hold = { eventId, reservationId, fence };
  if (query.get(returnQuery.payment) === 'failed')
    return { kind: 'failed', hold, code: (query.get('code') ?? '').slice(0, 64) };
  const [orderId, paymentKey] = [query.get('orderId'), query.get('paymentKey')];
  const amountKrw = wholeNumber(query.get('amount'));
  return query.get(returnQuery.payment) === 'paid' && orderId && paymentKey && amountKrw !== null
    ? { kind: 'paid', hold, orderId, paymentKey, amountKrw }
    : ask;
}

const wholeNumber = (text: string | null) =>
  text !== null && /^\d{1,16}$/.test(text) && Number.isSafeInteger(Number(text)) ? Number(text) : null;
