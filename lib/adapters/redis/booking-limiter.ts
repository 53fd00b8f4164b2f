import { rateLimits, type SalesRouteClass } from '#core/access/rate-limits.ts';
import type { RedisClient } from './connect.ts';
import { KeyLimiter } from './route-limiter.ts';
import { SharedCount } from './shared-count.ts';

/**
 * The limits of the sale's routes: per account, and per address (E3). An account's bookings are counted exactly over all
 * workers, with one call to Redis each. All other requests are counted approximately, so that payments never wait for Redis.
 */
export function createSalesLimiter(client: RedisClient, nowMs: () => number) {
  const { account, address } = rateLimits;
  const limiter = (name: string, perMinute: number) =>
    new KeyLimiter(client, { perMinute, keyPrefix: `urr:limit:${name}`, nowMs });
  const bookings = new SharedCount(client, { perMinute: account.booking, keyPrefix: 'urr:limit:booking' });
  const users = {
    reading: limiter('sales-reading', account.reading),
    payment: limiter('payment', account.payment),
  };
  const addresses = {
    reading: limiter('address-reading', address.reading),
    booking: limiter('address-booking', address.booking),
    payment: limiter('address-payment', address.payment),
  };
  const webhooks = limiter('address-webhook', address.webhook);
  const takeUser = (routeClass: SalesRouteClass, user: string): number | Promise<number> =>
    routeClass === 'booking'
      ? bookings.add(user, 1).then((waitMs) => Math.ceil(waitMs / 1000))
      : users[routeClass].take(user);
  return {
    /** Returns the seconds until the next request is allowed; 0: allowed now. A blocked address does not count for the account. */
    async take(routeClass: SalesRouteClass, user: string, from: string): Promise<number> {
      return addresses[routeClass].take(from) || takeUser(routeClass, user);
    },
    takeWebhook: (from: string): number => webhooks.take(from),
  };
}
