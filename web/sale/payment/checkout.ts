import { returnPath } from '#contract/payment-return.ts';
import { api, pages } from '../../shared/addresses.ts';
import type { Refusal } from '../../shared/api.ts';
import { count, isShape, nullable, object, type Read, text } from '../../shared/decode.ts';
import type { PagePorts } from '../../shared/page-ports.ts';
import { requestSignedIn } from '../../shared/signed-in.ts';
import { eventHeaders } from '../seats/headers.ts';

export const prepareAnswer = object({
  orderId: text,
  reservationId: text,
  amountKrw: count,
  checkout: nullable(
    object({
      url: nullable(text),
      clientKey: text,
      orderName: text,
      successUrl: text,
      failUrl: text,
    }),
  ),
});
export type Prepared = Read<typeof prepareAnswer>;
export type Checkout = NonNullable<Prepared['checkout']>;

/** Replaces the provider's key where nothing is to be paid (contract/sale-http.ts; a test compares the two). */
export const freePaymentKey = 'free';

/** The browser as the sale needs it: also keys for attempts and the provider's window. */
export interface SalePorts extends PagePorts {
  /** A new idempotency key: 36 characters, never used before. */
  newKey(): string;
  /** Opens the provider's window. False: the buyer closed it, or its script did not load. */
  openProvider(prepared: Prepared, checkout: Checkout): Promise<boolean>;
}

export type PayStart =
  /** The browser is on its way. */
  | { readonly kind: 'gone' }
  | { readonly kind: 'window-closed' }
  /** An earlier payment of this reservation has no result yet: the result page waits for it. */
  | { readonly kind: 'undecided' }
  | { readonly kind: 'refused'; readonly answer: Refusal };

/** Details of a CONFLICT: the payment that is under way. */
const underWay = object({ orderId: text, state: text });

/** Creates the order, or finds the earlier one, and opens the page on which it is paid. */
export async function startPayment(
  ports: SalePorts,
  hold: { readonly eventId: string; readonly reservationId: string; readonly fence: number },
): Promise<PayStart> {
  const { eventId, reservationId, fence } = hold;
  const answer = await requestSignedIn(ports, api.prepare, prepareAnswer, {
    method: 'POST',
    body: { reservationId, fence },
    headers: eventHeaders(eventId),
  });
  if (answer.kind === 'refused' && answer.code === 'CONFLICT' && isShape(answer.details, underWay))
    return { kind: 'undecided' };
  if (answer.kind !== 'ok') return { kind: 'refused', answer };
  const { orderId, amountKrw, checkout } = answer.value;
  if (checkout === null) {
    const paid = new URLSearchParams({ orderId, paymentKey: freePaymentKey, amount: String(amountKrw) });
    ports.go(`${returnPath('paid', hold)}&${paid}`);
    return { kind: 'gone' };
  }
  if (checkout.url === null) {
    return { kind: (await ports.openProvider(answer.value, checkout)) ? 'gone' : 'window-closed' };
  }
  if (!isWebAddress(checkout.url)) return { kind: 'window-closed' };
  ports.go(checkout.url);
  return { kind: 'gone' };
}

/** The address comes from the server; the page still refuses every scheme but http and https (`javascript:`). */
const isWebAddress = (url: string) => /^https?:\/\//.test(url);

/** The page on which a shopper whose pass or entry token has expired gets a new one; null: another refusal. */
export function wayBack(code: string, eventId: string): string | null {
  if (code === 'ENTRY_TOKEN_REQUIRED') return pages.queue(eventId);
  return code === 'PASS_REQUIRED' ? pages.waiting(eventId) : null;
}
