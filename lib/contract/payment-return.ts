/**
 * The way back from the payment provider's page. Apart from contract/sale-http.ts, because the browser reads it and a
 * schema library would outweigh the page. The provider adds `paymentKey`, `orderId` and `amount` to the success address,
 * and `code` (and sometimes `message` and `orderId`) to the other.
 */
export const returnPage = '/reservations';
export const returnQuery = {
  /** `paid` or `failed`: which of the two addresses the provider took. */
  payment: 'payment',
  event: 'event',
  reservation: 'reservation',
  fence: 'fence',
} as const;

/** Path and query of successUrl and failUrl, behind the site's own origin. The tab that comes back may be another one. */
export function returnPath(
  payment: 'paid' | 'failed',
  hold: { readonly eventId: string; readonly reservationId: string; readonly fence: number },
): string {
  const query = new URLSearchParams({
    [returnQuery.payment]: payment,
    [returnQuery.event]: hold.eventId,
    [returnQuery.reservation]: hold.reservationId,
    [returnQuery.fence]: String(hold.fence),
  });
  return `${returnPage}?${query}`;
}
