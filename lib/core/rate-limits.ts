/**
 * Requests per minute that one account, and one address, may send to the workers. Counted apart, so that reading never
 * uses up what booking needs, and neither what paying needs.
 *
 * account  queue    two tabs that poll once a second at the front of the line
 *          reading  five tabs with a seat map, which polls once a second
 *          booking  reserve, extend, release; C5's 30
 *          payment  prepare, confirm, refund, cancel
 *
 * address  500 people behind one carrier's address must be able to queue and to buy. Twice what they need when all are at
 *          the front or at a map: 500 × 60 polls; and ten bookings and ten steps of payment each.
 */
export const rateLimits = {
  account: { queue: 120, reading: 300, booking: 30, payment: 30 },
  address: { queue: 60_000, reading: 60_000, booking: 5_000, payment: 5_000, webhook: 6_000 },
} as const;

/** Classes of the sale's routes that an account is counted by. */
export type SalesRouteClass = 'reading' | 'booking' | 'payment';
