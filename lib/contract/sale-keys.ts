/**
 * Redis keys of an event's sale. Same hash tag as its queue; no generation: a reset of the line does not unsell seats.
 */
export interface SaleKeys {
  /** hash seat id -> end ms (0: sold) : fence : reservation id. */
  readonly seats: string;
  /** hash: run id of the server that counts, run id of the server that was told everything (`full`), epoch and counter of the fences, version of the seats; and by user id the
   * holds taken lately. One key for both, because each command of lua/sale/hold.lua counts. User ids never look like the names. */
  readonly sale: string;
  /** string: the worker that tells a forgetful server what is sold. */
  readonly rebuild: string;
  /** string: somebody has compared Redis with durable storage lately. */
  readonly repair: string;
}

export function saleKeys(eventId: string): SaleKeys {
  const key = (name: string) => `urr:{${eventId}}:sale:${name}`;
  return { seats: key('seats'), sale: key('sale'), rebuild: key('rebuild'), repair: key('repair') };
}

/** Unpaid holds one account may take in a window before it has to wait for the window's end (OWASP OAT-021). */
export const holdsPerWindowMax = 5;
export const holdWindowMs = 10 * 60_000;
/** Most seats in one call of lua/sale/snapshot.lua: some 0.2 ms of Redis's time. */
export const snapshotSeatsMax = 1000;
