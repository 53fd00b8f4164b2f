/**
 * DynamoDB tables, keys and indexes, for the stacks and the adapters.
 *
 * events     pk eventId             one item per event (contract/event.ts); index liveEvents on `onSale`; one item per
 *                                   event with its last usable state (lastGoodId), which is not in the index
 * counters   pk counterId           issued numbers per shard, serving state, claims per shard, tier-2 capacity,
 *                                   door numbers; joins per network, TTL
 * positions  pk placeId             one item per identity, event and generation, and one per used pass (passOwnerId); TTL
 *                                   long after the line's end
 * stats      pk statsId, sk bucket  each admission and sale once: ids by second, numbers by minute
 *                                   (adapters/dynamodb/queue/statistics.ts)
 * sessions   pk sessionId           one item per sign-in with the number of its next refresh, TTL at the session's end; one
 *                                   item per minute with the sessions that ended
 */
export const tables = {
  events: {
    partitionKey: 'eventId',
    liveIndex: { name: 'liveEvents', partitionKey: 'onSale', liveValue: 'live' },
  },
  counters: { partitionKey: 'counterId', timeToLive: 'expiresAt' },
  positions: { partitionKey: 'placeId', timeToLive: 'expiresAt' },
  sessions: { partitionKey: 'sessionId', timeToLive: 'expiresAt' },
  stats: { partitionKey: 'statsId', sortKey: 'bucket', timeToLive: 'expiresAt' },
} as const;

/** Physical name of a table, so that an organizer finds it in the console: `urr-prod-events`. */
export const tableName = (environmentName: string, table: keyof typeof tables) =>
  `urr-${environmentName}-${table}`;

/** Key of an event's last usable state. No event id contains `#`, so the key is never that of an event. */
export const lastGoodId = (eventId: string) => `${lastGoodPrefix}${eventId}`;
export const lastGoodPrefix = 'last-good#';

/** Counter of the numbers of one shard: attribute `issued`. At most 1,000 writes per second each. */
export const issuedCounterId = (eventId: string, generation: number, shard: number) =>
  `issued#${eventId}#${generation}#${shard}`;
/** Claimed places of one shard: attribute `claimed`. Only for the share of people who come. */
export const claimedCounterId = (eventId: string, generation: number, shard: number) =>
  `claimed#${eventId}#${generation}#${shard}`;
/** Counter of a line's door numbers (core/line/door.ts): attribute `given`. */
export const doorCounterId = (eventId: string, generation: number) => `door#${eventId}#${generation}`;
/** Joins of a network in a window (core/line/join-budget.ts): attribute `joins`; TTL. `hash` is keyed and identifies nobody. */
export const networkCounterId = (hash: string) => `network#${hash}`;
/** How far the line has been called (core/line/serving.ts); written by one conditional write per tick. */
export const servingCounterId = (eventId: string, generation: number) => `serving#${eventId}#${generation}`;
/** Capacity of tier 2, published by the admission worker. */
export const capacityCounterId = (eventId: string, generation: number) => `capacity#${eventId}#${generation}`;
/** Admissions of one second as a set of ids, from which the numbers are derived. Bucket: `<ISO second>#<chunk>`. */
export const admittedIdsId = (eventId: string, generation: number) => `admitted#${eventId}#${generation}`;
/** Numbers of an event's admissions, one item per minute and generation. Bucket: `<ISO minute>#<generation>`. */
export const admittedMinutesId = (eventId: string) => `admitted-minutes#${eventId}`;
/** Changes of sales, one item each, from which the numbers are derived. Bucket: `<ISO second>#<event>`. */
export const saleEventsId = (eventId: string) => `sale-events#${eventId}`;
/** Numbers of an event's sales, one item per minute. Bucket: `<ISO minute>`. */
export const saleMinutesId = (eventId: string) => `sale-minutes#${eventId}`;
/** One identity has one place per event and generation (A9). */
export const placeId = (eventId: string, generation: number, subject: string) =>
  `${eventId}#${generation}#${subject}`;

/** Hashes of the sessions that ended in a minute (minutes since 1970): attribute `ended`. In the sessions table. */
export const endedSessionsPrefix = 'ended#';
export const endedSessionsId = (minute: number) => `${endedSessionsPrefix}${minute}`;

/** The account that owns a pass, by its request id; independent of later changes of the place. In the positions table. */
export const passOwnerPrefix = 'pass#';
export const passOwnerId = (eventId: string, generation: number, requestId: string) =>
  `${passOwnerPrefix}${eventId}#${generation}#${requestId}`;

/** Lifetime of a place after the latest of the last visit, the opening and the show (core/line/place.ts). */
export const placeKeptSeconds = 30 * 24 * 60 * 60;
