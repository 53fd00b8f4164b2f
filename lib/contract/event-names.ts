/**
 * Names of events for the edge, without a schema library: the CloudFront Function is limited to 10 KB and the gate to
 * 100 KB. contract/event.ts has the schemas.
 */

/** An event's id: lower-case letters, digits and inner hyphens, 1 to 64 characters, safe in paths, keys and cookies. */
export const eventIdPattern = /^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$/;

/** One counter item takes about 1,000 writes per second (limits.md 1), so 64 shards take about 64,000 joins per second. */
export const shardsMax = 64;

/**
 * The tiers that an event uses. `both`: line, then queue. `waiting-room`: only tier 1, whose pass opens the sale. `queue`:
 * only tier 2.
 */
export const lineModes = ['both', 'waiting-room', 'queue'] as const;
export type LineMode = (typeof lineModes)[number];
