/**
 * Every Redis key, spelt once. All keys of an event share the hash tag {eventId}, so a script finds them on one slot of a
 * cluster. The generation stands outside the tag: a reset gets new, empty keys, and the old ones run out by themselves
 * (lua/queue/sweep.lua stops renewing their life).
 */
export interface QueueKeys {
  /** zset user -> score: the line. */
  readonly waiting: string;
  /** zset user -> score: those passed over because they were silent; their place is kept. */
  readonly parked: string;
  /** zset user -> ms since 1970 by which the next sign of life is due. */
  readonly seen: string;
  /** zset user -> ms since 1970 at which the place inside ends. */
  readonly active: string;
  /** hash user -> `c` (called) or `i` (inside) and the last admission id. */
  readonly admitted: string;
  /** set of request ids: the passes that were shown, each of which is one arrival. */
  readonly arrived: string;
  /** hash: limit, tick, marker of the line, run id of the server … (lua/queue/admit.lua). */
  readonly meta: string;
  /** hash: how fast the front moves. */
  readonly pace: string;
  /** stream of (user, admission id) pairs, written with the admission. */
  readonly outbox: string;
  /** string: the relay that is at work. */
  readonly outboxLease: string;
  /** stream of entries that could not be delivered. */
  readonly outboxDead: string;
}

export function queueKeys(eventId: string, generation: number): QueueKeys {
  const key = (name: string) => `urr:{${eventId}}:g${generation}:${name}`;
  return {
    waiting: key('waiting'),
    parked: key('parked'),
    seen: key('seen'),
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
