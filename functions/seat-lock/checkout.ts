import type { UrrEvent } from '#contract/event.ts';
import { returnPath } from '#contract/payment-return.ts';
import type { Payment } from '#contract/sale.ts';
import type { PrepareAnswer } from '#contract/sale-http.ts';
import type { SeatLockDeps } from './deps.ts';

/** What the provider shows as the name of an order, at most 100 characters. */
const orderNameMax = 100;

/** The way to the provider's page and back. Null: nothing is to be paid. */
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
