/**
 * What the edge must know of events, without a schema library: the CloudFront Function has 10 KB and the gate 100 KB.
 * contract/event.ts has the schemas.
 */

/** An event's id: lower-case letters, digits and inner hyphens, 1 to 64 characters, safe in paths, keys and cookies. */
export const eventIdPattern = /^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$/;

/** One counter item takes about 1,000 writes/s (limits.md 1), so 64 shards carry about 64,000 joins/s. */
export const shardsMax = 64;

/**
 * Which of the two lines an event uses. `both`: waiting room, then admission queue. `waiting-room`: tier 1 alone, its
 * pass opens the sale. `queue`: tier 2 alone.
 */
export const lineModes = ['both', 'waiting-room', 'queue'] as const;
export type LineMode = (typeof lineModes)[number];
