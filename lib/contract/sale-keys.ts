/**
 * Redis keys of an event's sale. Same hash tag as its queue; no generation, because a reset of the line keeps sold seats.
 */
export interface SaleKeys {
  /** hash seat id -> end ms (0: sold) : fence : reservation id. */
  readonly seats: string;
  /**
   * hash: run id of the server that counts fences, run id of the server whose seats are complete (`full`), epoch and counter
   * of the fences, version of the seats; and the recent holds by user id. One key for both saves a command in
   * lua/sale/hold.lua. No user id equals one of the names.
   */
  readonly sale: string;
  /** string: the worker that has the turn to rebuild the seats of a server without its data. */
  readonly rebuild: string;
  /** string: the worker that compared Redis with DynamoDB last; expires when the next comparison may run. */
  readonly repair: string;
}

export function saleKeys(eventId: string): SaleKeys {
  const key = (name: string) => `urr:{${eventId}}:sale:${name}`;
  return { seats: key('seats'), sale: key('sale'), rebuild: key('rebuild'), repair: key('repair') };
}

/** Unpaid holds of one account per window, after which it waits for the window's end (OWASP OAT-021). */
export const holdsPerWindowMax = 5;
export const holdWindowMs = 10 * 60_000;
/** Most seats per call of lua/sale/snapshot.lua: about 0.2 ms of Redis's time. */
export const snapshotSeatsMax = 1000;
