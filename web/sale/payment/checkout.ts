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

/** Stands for the provider's key where nothing is to be paid (contract/sale-http.ts); a test holds the two together. */
export const freePaymentKey = 'free';

/** A ports that also knows the provider's window and makes names for attempts. */
export interface SalePorts extends PagePorts {
  /** 36 characters that nobody has used before. */
  newKey(): string;
  /** Opens the provider's own window; false when it was closed or could not be loaded. */
  openProvider(prepared: Prepared, checkout: Checkout): Promise<boolean>;
}

export type PayStart =
  /** The browser is on its way. */
  | { readonly kind: 'gone' }
  | { readonly kind: 'window-closed' }
  /** The provider was asked before and has not answered: the result page waits for it. */
  | { readonly kind: 'undecided' }
  | { readonly kind: 'refused'; readonly answer: Refusal };

/** Details of a CONFLICT: the payment that is under way. */
const underWay = object({ orderId: text, state: text });

/** Makes the order, or finds the one made before, and goes to where it is paid. */
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

/** The server names the provider; a page still follows nothing but a web address. */
const isWebAddress = (url: string) => /^https?:\/\//.test(url);

/** Where someone whose way in has ended goes to get in again; null: it has not. */
export function wayBack(code: string, eventId: string): string | null {
  if (code === 'ENTRY_TOKEN_REQUIRED') return pages.queue(eventId);
  return code === 'PASS_REQUIRED' ? pages.waiting(eventId) : null;
}
