import type { RedisClient } from './connect.ts';
import { KeyLimiter } from './route-limiter.ts';

/** Classes of the sale's routes (C5). */
export type SalesRouteClass = 'booking' | 'reading';
/** Requests a minute: `booking` is whatever changes something. */
const perMinute: Readonly<Record<SalesRouteClass, number>> = { booking: 30, reading: 3_000 };
/** A whole campus may share one address; one program must not be a whole campus. */
const addressPerMinute = 3_000;

/** The limits of the sale's routes: per account, and per address (E3). Seconds to wait; 0: go on. */
export function createSalesLimiter(client: RedisClient, nowMs: () => number) {
  const limiter = (name: string, limit: number) =>
    new KeyLimiter(client, { perMinute: limit, keyPrefix: `urr:limit:${name}`, nowMs });
  const users = {
    booking: limiter('booking', perMinute.booking),
    reading: limiter('sales-reading', perMinute.reading),
  };
  const addresses = limiter('sales-address', addressPerMinute);
  return {
    take: (routeClass: SalesRouteClass, user: string, address: string): number =>
      Math.max(users[routeClass].take(user), addresses.take(address)),
    takeAddress: (address: string): number => addresses.take(address),
  };
}
