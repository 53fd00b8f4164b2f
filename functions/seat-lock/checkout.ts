import type { UrrEvent } from '#contract/event.ts';
import { returnPath } from '#contract/payment-return.ts';
import type { Payment } from '#contract/sale.ts';
import type { PrepareAnswer } from '#contract/sale-http.ts';
import type { SeatLockDeps } from './deps.ts';

/** The provider's limit for the name of an order, in characters. */
const orderNameMax = 100;

/** Returns the addresses of the provider's page and of the way back. Null: nothing is to be paid. */
export function checkoutOf(
  { siteUrl, checkout: { checkoutUrl, clientKey } }: Pick<SeatLockDeps, 'siteUrl' | 'checkout'>,
  event: Pick<UrrEvent, 'eventId' | 'titleKo'>,
  { orderId, reservationId, fence, amountKrw }: Payment,
): PrepareAnswer['checkout'] {
  if (amountKrw === 0) return null;
  const hold = { eventId: event.eventId, reservationId, fence };
  const successUrl = `${siteUrl}${returnPath('paid', hold)}`;
  const failUrl = `${siteUrl}${returnPath('failed', hold)}`;
  const page = new URLSearchParams({ orderId, amount: String(amountKrw), successUrl, failUrl });
  return {
    url: checkoutUrl === undefined ? null : `${checkoutUrl}?${page}`,
    clientKey,
    orderName: event.titleKo.slice(0, orderNameMax),
    successUrl,
    failUrl,
  };
}
