/**
 * DynamoDB tables of the sale, for the stacks and the adapters. Sort keys of the indexes are numbers (Unix ms). Each index
 * has 16 partitions, by the first hex digit of a random id, so that none of them becomes hot.
 *
 * seats         pk seatKey          the reservation that a seat points at, with its fence
 * reservations  pk reservationId    the commit record of a sale
 * payments      pk orderId          the state of an order at the provider
 * sales         pk salesId          the epoch of an event's fences; its seat layout; whether URR set it sold out; the seats
 *                                   that count against an account's cap
 */
export const salesTables = {
  seats: { partitionKey: 'seatKey', indexes: [] },
  reservations: {
    partitionKey: 'reservationId',
    indexes: [
      /** Sparse: reservations that are still undecided. */
      { name: 'openReservations', partitionKey: 'openShard', sortKey: 'expiresAtMs' },
      { name: 'reservationsOfUser', partitionKey: 'userId', sortKey: 'createdAtMs' },
      /** Sparse: reservations that own seats, for the rebuild after Redis lost its data. */
      { name: 'owningReservations', partitionKey: 'owningShard', sortKey: 'createdAtMs' },
      /** Sparse: reservations with changes that are not sent to the statistics yet. */
      { name: 'unpublishedReservations', partitionKey: 'outboxShard', sortKey: 'outboxAtMs' },
    ],
  },
  payments: {
    partitionKey: 'orderId',
    indexes: [
      /** Sparse: unfinished payments, for earlier releases (docs/adr/0088). */
      { name: 'unsettledPayments', partitionKey: 'unsettledShard', sortKey: 'updatedAtMs' },
      { name: 'unpublishedPayments', partitionKey: 'outboxShard', sortKey: 'outboxAtMs' },
      /** Sparse: payments by their next attempt, owing and undecided ones separately. */
      { name: 'duePayments', partitionKey: 'dueShard', sortKey: 'nextAttemptAtMs' },
    ],
  },
  sales: { partitionKey: 'salesId', indexes: [] },
} as const satisfies Record<
  string,
  {
    partitionKey: string;
    indexes: readonly { name: string; partitionKey: string; sortKey: string }[];
  }
>;

export type SalesTable = keyof typeof salesTables;
export const salesTableName = (environmentName: string, table: SalesTable) =>
  `urr-${environmentName}-${table}`;

export const seatKey = (eventId: string, seatId: string) => `${eventId}#${seatId}`;
export const epochSalesId = (eventId: string) => `epoch#${eventId}`;
/** An event's id has no `#`, so no account can name another account's item. */
export const accountSeatsSalesId = (eventId: string, userId: string) => `account#${eventId}#${userId}`;
export const layoutSalesId = (eventId: string) => `layout#${eventId}`;

/** The 16 partitions of an index: the hex digits. */
export const indexShards = [...'0123456789abcdef'] as const;
/** The ids of reservations and orders begin with random hex digits. */
export const indexShardOf = (id: string) => id.charAt(0);
/**
 * owing      a refund is due, or a paid reservation is not confirmed; never delayed by undecided payments
 * undecided  whether the provider took the money is unknown
 */
export type DueClass = 'owing' | 'undecided';
export const dueShard = (dueClass: DueClass, shard: string) => `${dueClass}#${shard}`;
export const owningShard = (eventId: string, shard: string) => `${eventId}#${shard}`;
export const soldOutSalesId = (eventId: string) => `sold-out#${eventId}`;
