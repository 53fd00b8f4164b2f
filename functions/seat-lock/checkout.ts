import type { UrrEvent } from '#contract/event.ts';
import type { Payment } from '#contract/sales.ts';
import type { PrepareAnswer } from '#contract/sales-http.ts';
import type { CheckoutSettings } from './deps.ts';

/** What the provider shows as the name of an order, at most 100 characters. */
const orderNameMax = 100;

/** The way to the provider's page and back. Null: nothing is to be paid. */
export function checkoutOf(
  { siteUrl, checkoutUrl, clientKey }: CheckoutSettings,
  event: Pick<UrrEvent, 'eventId' | 'titleKo'>,
  { orderId, reservationId, fence, amountKrw }: Payment,
): PrepareAnswer['checkout'] {
  if (amountKrw === 0) return null;
  // The tab that comes back may be another one: reservation and fence travel with their holder.
  const back = (result: 'paid' | 'failed') =>
    `${siteUrl}/reservations?${new URLSearchParams({ payment: result, event: event.eventId, reservation: reservationId, fence: String(fence) })}`;
  const [successUrl, failUrl] = [back('paid'), back('failed')];
  const page = new URLSearchParams({ orderId, amount: String(amountKrw), successUrl, failUrl });
  return {
    url: checkoutUrl === undefined ? null : `${checkoutUrl}?${page}`,
    clientKey,
    orderName: event.titleKo.slice(0, orderNameMax),
    successUrl,
    failUrl,
  };
}
