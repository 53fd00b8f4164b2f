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

/** Joins of one network, per event and window. */
export interface NetworkLimits {
  /** More are refused until the window ends. */
  readonly joins: number;
  /** More share a number with someone before them (docs/adr/0109). */
  readonly ownNumbers: number;
}

export interface JoinLimits {
  readonly windowSeconds: number;
  readonly narrow: NetworkLimits;
  readonly wide: NetworkLimits;
}

/**
 * Joins without account that one network may make to one event's line. Narrow: an IPv4 address or IPv6 /64; half of its
 * joins are certain (join-budget.ts), so 500 people behind one carrier's address join at once. Wide: a /24 or /48, which
 * carriers fill with such addresses.
 */
export const joinLimits: JoinLimits = {
  windowSeconds: 300,
  narrow: { joins: 1_000, ownNumbers: 10 },
  wide: { joins: 16_000, ownNumbers: 100 },
};
