/**
 * Requests per minute of one account, and of one address, to the workers. Each class has its own count, so reading does
 * not use up the requests for booking, nor booking those for payment.
 *
 * account  queue    two tabs that poll once per second at the front of the queue
 *          reading  five tabs with a seat map, which polls once per second
 *          booking  reserve, extend, release (C5: 30)
 *          payment  prepare, confirm, refund, cancel
 *
 * address  enough for 500 people behind one carrier's address: twice 500 × 60 polls, at the front or at a seat map, and
 *          ten bookings and ten payment steps each
 */
export const rateLimits = {
  account: { queue: 120, reading: 300, booking: 30, payment: 30 },
  address: { queue: 60_000, reading: 60_000, booking: 5_000, payment: 5_000, webhook: 6_000 },
} as const;

/** Classes of the sale's routes with a limit of their own. */
export type SalesRouteClass = 'reading' | 'booking' | 'payment';

/** Joins of one network per event and window. */
export interface NetworkLimits {
  /** Further joins are refused until the window ends. */
  readonly joins: number;
  /** Joins beyond it share a number with an earlier join (docs/adr/0109). */
  readonly ownNumbers: number;
}

export interface JoinLimits {
  readonly windowSeconds: number;
  readonly narrow: NetworkLimits;
  readonly wide: NetworkLimits;
}

/**
 * Joins without an account from one network to one event's line. Narrow: an IPv4 address or IPv6 /64; half of its joins
 * are certain (join-budget.ts), so 500 people behind one carrier's address join at once. Wide: a /24 or /48, which
 * carriers fill with such addresses.
 */
export const joinLimits: JoinLimits = {
  windowSeconds: 300,
  narrow: { joins: 1_000, ownNumbers: 10 },
  wide: { joins: 16_000, ownNumbers: 100 },
};
