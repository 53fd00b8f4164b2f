/**
 * DynamoDB tables of the sale, spelt once for the stacks and for the adapters. Sort keys of the indexes are numbers
 * (Unix ms). An index partition is one of 16, by the first hex digit of a random id: no index becomes a hot partition.
 *
 * seats         pk seatKey          which reservation a seat points at, and by which fence
 * reservations  pk reservationId    the commit record of a sale
 * payments      pk orderId          what was asked of the provider, and what it said
 * sales         pk salesId          the epoch of an event's fences; its seat layout; whether we said that it is sold out;
 *                                   the seats that count against an account's cap
 */
export const salesTables = {
  seats: { partitionKey: 'seatKey', indexes: [] },
  reservations: {
    partitionKey: 'reservationId',
    indexes: [
      /** Sparse: reservations that are still undecided. */
      { name: 'openReservations', partitionKey: 'openShard', sortKey: 'expiresAtMs' },
      { name: 'reservationsOfUser', partitionKey: 'userId', sortKey: 'createdAtMs' },
      /** Sparse: reservations that own seats, to tell a Redis that has forgotten. */
      { name: 'owningReservations', partitionKey: 'owningShard', sortKey: 'createdAtMs' },
      /** Sparse: changes that statistics have not heard of yet. */
      { name: 'unpublishedReservations', partitionKey: 'outboxShard', sortKey: 'outboxAtMs' },
    ],
  },
  payments: {
    partitionKey: 'orderId',
    indexes: [
      /** Sparse: payments that are not at rest, as earlier releases look for them (docs/adr/0088). */
      { name: 'unsettledPayments', partitionKey: 'unsettledShard', sortKey: 'updatedAtMs' },
      { name: 'unpublishedPayments', partitionKey: 'outboxShard', sortKey: 'outboxAtMs' },
      /** Sparse: payments by when somebody looks at them next, those that owe money apart from the undecided. */
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
/** An event's id has no `#`, so no account can name another one's item. */
export const accountSeatsSalesId = (eventId: string, userId: string) => `account#${eventId}#${userId}`;
export const layoutSalesId = (eventId: string) => `layout#${eventId}`;

/** The 16 partitions of an index: the hex digits. */
export const indexShards = [...'0123456789abcdef'] as const;
/** Both a reservation's id and an order's begin with random hex digits. */
export const indexShardOf = (id: string) => id.charAt(0);
/**
 * owing      money that belongs to a buyer, or seats that are paid: nothing undecided may stand before these
 * undecided  the provider has not said whether it took money
 */
export type DueClass = 'owing' | 'undecided';
export const dueShard = (dueClass: DueClass, shard: string) => `${dueClass}#${shard}`;
export const owningShard = (eventId: string, shard: string) => `${eventId}#${shard}`;
export const soldOutSalesId = (eventId: string) => `sold-out#${eventId}`;
