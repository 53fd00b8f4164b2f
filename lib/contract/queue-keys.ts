/**
 * Redis keys of an event's queue. All of them share the hash tag {eventId}, so they are in one slot of a cluster. The
 * generation is outside the tag: a reset starts with new, empty keys, and the old ones expire because lua/queue/sweep.lua
 * no longer renews them.
 */
export interface QueueKeys {
  /** zset user -> score: the line. */
  readonly waiting: string;
  /** zset user -> score: visitors whose poll is overdue; their place is kept. */
  readonly parked: string;
  /** zset user -> ms since 1970: due time of the next poll. Stored as `seen`, so that two releases can run side by side. */
  readonly due: string;
  /** zset user -> ms since 1970: end of the visit. */
  readonly active: string;
  /** hash user -> `c` (called) or `i` (inside) and the last admission id. */
  readonly admitted: string;
  /** set of request ids: passes used, one arrival each. */
  readonly arrived: string;
  /** hash: limit, tick, marker of the line, run id of the server … (lua/queue/admit.lua). */
  readonly meta: string;
  /** hash: pace of the front. */
  readonly pace: string;
  /** stream of (user, admission id) pairs, written with the admission. */
  readonly outbox: string;
  /** string: the relay that has the lease. */
  readonly outboxLease: string;
  /** stream of entries that could not be delivered. */
  readonly outboxDead: string;
}

export function queueKeys(eventId: string, generation: number): QueueKeys {
  const key = (name: string) => `urr:{${eventId}}:g${generation}:${name}`;
  return {
    waiting: key('waiting'),
    parked: key('parked'),
    due: key('seen'),
    active: key('active'),
    admitted: key('admitted'),
    arrived: key('arrived'),
    meta: key('meta'),
    pace: key('pace'),
    outbox: key('outbox'),
    outboxLease: key('outbox-lease'),
    outboxDead: key('outbox-dead'),
  };
}
