/**
 * The way back from the payment provider's page. Apart from contract/sales-http.ts, because the browser reads it and a
 * schema library would outweigh the page. The provider adds `paymentKey`, `orderId` and `amount` to the success address,
 * and `code` (and sometimes `message` and `orderId`) to the other.
 */
export const returnPage = '/reservations';
export const returnQuery = { reservationId: 'reservationId', fence: 'fence' } as const;

/** Path and query of successUrl and failUrl, behind the site's own origin. */
export const returnPath = (hold: { readonly reservationId: string; readonly fence: number }) =>
  `${returnPage}?${returnQuery.reservationId}=${hold.reservationId}&${returnQuery.fence}=${hold.fence}`;
