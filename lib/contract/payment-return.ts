/**
 * The way back from the payment provider's page. Separate from contract/sale-http.ts, because the browser loads it and a
 * schema library would be larger than the page. The provider adds `paymentKey`, `orderId` and `amount` to the success
 * address, and `code` (and sometimes `message` and `orderId`) to the other.
 */
export const returnPage = '/reservations';
export const returnQuery = {
  /** `paid` or `failed`: the address that the provider chose. */
  payment: 'payment',
  event: 'event',
  reservation: 'reservation',
  fence: 'fence',
} as const;

/** Path and query of successUrl and failUrl, after the site's origin. The buyer may return in another tab. */
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
