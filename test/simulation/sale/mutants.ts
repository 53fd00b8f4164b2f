import type { SourceChange } from './program.ts';

/** A mistake planted in URR's source: rules, adapters or scripts. At least one sale must find it. */
export interface Mutant {
  readonly name: string;
  /** Found only after hundreds of sales, so only `npm run simulate -- --mutants` plays it. */
  readonly isRare?: boolean;
  readonly changes: readonly SourceChange[];
}

const core = 'lib/core/sale';
const tables = 'lib/adapters/dynamodb/sale';

const mutant = (name: string, file: string, find: string, replace: string): Mutant => ({
  name,
  changes: [{ file, find, replace }],
});

const ruleMutants: readonly Mutant[] = [
  mutant(
    'a claim expires a reservation that was extended meanwhile',
    `${core}/reserve.ts`,
    "to: 'expired',\n    ifExpiresAtMsMax: nowMs,",
    "to: 'expired',",
  ),
  mutant(
    'a payment of another amount counts as approved',
    `${core}/payment.ts`,
    "answer.amountKrw === amountKrw ? 'approved' : 'refunding'",
    "'approved'",
  ),
  mutant('an expired hold is extended', `${core}/change.ts`, '|| reservation.expiresAtMs <= nowMs', ''),
  mutant(
    'the sweeper expires a reservation that was extended meanwhile',
    `${core}/expire.ts`,
    'ifExpiresAtMsMax: nowMs,',
    '',
  ),
  {
    name: 'a payment with another fence is accepted',
    changes: [
      {
        file: `${core}/payment.ts`,
        find: 'if (payment.fence !== request.fence) return',
        replace: 'if (false) return',
      },
      {
        file: `${core}/payment.ts`,
        find: 'if (reservation?.fence !== request.fence) return',
        replace: 'if (!reservation) return',
      },
    ],
  },
  mutant(
    'a claim takes a seat from an overdue reservation without expiring it',
    `${core}/reserve.ts`,
    'if (!isOverdue(owner, nowMs)) return false;',
    'return isOverdue(owner, nowMs);',
  ),
  mutant(
    'a claim takes a seat from a reservation that is not confirmed',
    `${core}/reserve.ts`,
    'if (hasReleased(owner, seatId)) return true;',
    "if (owner.state !== 'confirmed') return true;",
  ),
  mutant(
    'an order claims only its first seat',
    `${core}/reserve.ts`,
    'for (const seatId of reservation.seatIds) {',
    'for (const seatId of reservation.seatIds.slice(0, 1)) {',
  ),
  mutant(
    'a reservation continues although one of its seats is taken',
    `${core}/reserve.ts`,
    'if (taken.length > 0) {',
    'if (taken.length > 1) {',
  ),
  mutant(
    'an expired claim becomes pending again',
    `${core}/reserve.ts`,
    "from: ['claiming'],\n    to: 'pending',",
    "from: ['claiming', 'expired'],\n    to: 'pending',",
  ),
  mutant(
    'a payment of an ended reservation is not refunded',
    `${core}/payment.ts`,
    "if (reservation?.state !== 'confirmed' || reservation.orderId !== orderId) return 'refunding';",
    "if (reservation === undefined) return 'refunding';",
  ),
  mutant(
    'a payment that the provider does not know yet is declined',
    `${core}/payment.ts`,
    "> providerSessionMs ? 'declined' : undefined",
    "> -1 ? 'declined' : undefined",
  ),
  mutant(
    'a refund does not release the seats',
    `${core}/release-and-refund.ts`,
    "from: ['confirmed'],",
    'from: [],',
  ),
  mutant(
    'a refund releases seats that another order paid',
    `${core}/release-and-refund.ts`,
    'ifOrderId: orderId,',
    '',
  ),
  mutant(
    'two refunds of one order share an idempotency key',
    `${core}/release-and-refund.ts`,
    'const part = refund === undefined ?',
    'const part = true ?',
  ),
  mutant(
    'a refund of single seats refunds the whole order',
    `${core}/release-and-refund.ts`,
    'refund === undefined || refund.amountKrw === payment.amountKrw',
    'true',
  ),
  mutant(
    'a declined payment is not checked again',
    `${core}/payment-life.ts`,
    "? undefined\n        : { dueClass: 'undecided', nextAttemptAtMs: nowMs + checkDeclinedAfterMs };",
    '? undefined : undefined;',
  ),
  mutant(
    'the record of an account loses seats that it still owns',
    `${core}/account-seats.ts`,
    'seat.reservationId === reservationId && !isOwned(owner, seat.seatId)',
    'seat.reservationId === reservationId',
  ),
  mutant(
    'a cancellation releases paid seats without a refund',
    `${core}/change.ts`,
    "from: ['claiming', 'pending'],",
    "from: ['claiming', 'pending', 'confirmed'],",
  ),
  mutant(
    'a refund made at the provider is ignored',
    `${core}/provider-notice.ts`,
    "if (answer.state !== 'cancelled') return payment;",
    'return payment;',
  ),
  mutant(
    'an order is prepared for an ended reservation',
    `${core}/prepare.ts`,
    "reservation.state !== 'pending' || reservation.expiresAtMs <= nowMs",
    'false',
  ),
  mutant(
    'an order is prepared with another amount',
    `${core}/prepare.ts`,
    'amountKrw: reservation.amountKrw,',
    'amountKrw: 100_000,',
  ),
  mutant(
    'an event stays marked as sold out after a refund',
    `${core}/sold-out.ts`,
    "return now.isSoldOut ? 'clear' : 'drop-mark';",
    "return 'drop-mark';",
  ),
  mutant(
    'a repair releases the stored seats instead of the shown ones',
    `${core}/seat-hints.ts`,
    'release({ ...owner, seatIds: seats.map(({ seatId }) => seatId) })',
    'release(owner)',
  ),
  {
    name: 'a repair reads the next page before its batch has ended',
    changes: [
      {
        file: `${core}/seat-hints.ts`,
        find: 'let batch: T[] = [];',
        replace: 'let batch: Promise<boolean>[] = [];',
      },
      { file: `${core}/seat-hints.ts`, find: 'batch.push(item);', replace: 'batch.push(work(item));' },
      { file: `${core}/seat-hints.ts`, find: 'Promise.all(batch.map(work))', replace: 'Promise.all(batch)' },
    ],
  },
];

const adapterMutants: readonly Mutant[] = [
  mutant(
    'a second create overwrites the first',
    `${tables}/reservations.ts`,
    "ConditionExpression: 'attribute_not_exists(reservationId)',",
    '',
  ),
  mutant(
    'a reservation moves from any state',
    `${tables}/reservations.ts`,
    'conditions: Record<string, string> = {',
    "conditions: Record<string, string> = { 'is there': 'attribute_exists(reservationId)' };\n      const _dropped = {",
  ),
  mutant(
    'a reservation expires before its end',
    `${tables}/reservations.ts`,
    "conditions['its end has passed'] = 'expiresAtMs <= :expiresAtMsMax';",
    '',
  ),
  mutant(
    'a reservation that is not pending is extended',
    `${tables}/reservations.ts`,
    "'is pending': '#state = :pending',",
    '',
  ),
  mutant(
    'the index of owners keeps ended reservations',
    `${tables}/reservations.ts`,
    "if (isDead(to)) removes.push('owningShard');",
    '',
  ),
  {
    name: 'a seat accepts a smaller fence',
    changes: [
      {
        file: `${tables}/seats.ts`,
        find: "const fenceGrows = 'fence < :fence';",
        replace: "const fenceGrows = 'fence <> :fence';",
      },
      {
        file: `${core}/reserve.ts`,
        find: 'claim.owner.fence >= fence || ',
        replace: '',
      },
    ],
  },
  mutant(
    'a claim takes a seat that has an owner',
    `${tables}/seats.ts`,
    'const isUnowned =',
    "const isUnowned = 'attribute_exists(seatKey) OR attribute_not_exists(seatKey)';\n      const _wasUnowned =",
  ),
  mutant(
    'a payment moves from any state',
    `${tables}/payments.ts`,
    'conditions,\n',
    "conditions: { 'is there': 'attribute_exists(orderId)' },\n",
  ),
  mutant(
    'the seats of an account are not limited',
    `${tables}/account-seats.ts`,
    "'attribute_not_exists(seats) OR size(seats) <= :room'",
    "'attribute_not_exists(seats) OR attribute_exists(seats)'",
  ),
  mutant(
    'an epoch is issued twice',
    `${tables}/layouts.ts`,
    "UpdateExpression: 'ADD epoch :one',",
    "UpdateExpression: 'SET epoch = :one',",
  ),
  mutant(
    'an announcement overwrites the one before',
    `${tables}/outbox.ts`,
    'list_append(if_not_exists(outbox, :none), :announcement)',
    ':announcement',
  ),
  mutant(
    'an announcement added meanwhile is removed unsent',
    `${tables}/outbox.ts`,
    "'version = :version'",
    "'version >= :version'",
  ),
  mutant(
    'a change that the message queue did not accept counts as sent',
    'functions/seat-lock/relay-sales.ts',
    'settled.has(reservationEventId(event))',
    'settled.has(reservationEventId(event)) || true',
  ),
  mutant(
    'a repeated message is counted twice',
    'lib/adapters/dynamodb/sale/statistics.ts',
    'reservationEventId(event)',
    'reservationEventId(event) + Math.random()',
  ),
  mutant(
    'the sums are computed from an eventually consistent read',
    'lib/adapters/dynamodb/sale/statistics.ts',
    'secondPagesMax, true)',
    'secondPagesMax, false)',
  ),
  mutant(
    'a cancelled payment counts as approved',
    'lib/adapters/payments/toss.ts',
    "state: leftKrw === 0 ? 'cancelled' : 'partly-cancelled',",
    "state: 'approved',",
  ),
];

const scriptMutants: readonly Mutant[] = [
  mutant(
    'a promoted server continues the fences of the lost one',
    'lua/sale/hold.lua',
    'local is_new_server = not (run and string.find(info, run, 1, true))',
    'local is_new_server = not run',
  ),
  mutant(
    'an epoch raised for an earlier server is accepted',
    'lua/sale/hold.lua',
    'raised_for ~= run or',
    'not raised or',
  ),
  mutant(
    'two holds get the same fence',
    'lua/sale/hold.lua',
    'counter = counter + 1',
    'counter = counter + 0',
  ),
  mutant(
    'the fences of two epochs overlap',
    'lua/sale/hold.lua',
    'local FENCE_EPOCH = 4294967296',
    'local FENCE_EPOCH = 1',
  ),
  mutant(
    'a release leaves the seats held',
    'lua/sale/release.lua',
    "redis.call('HDEL', KEYS[1], unpack(freed))",
    "redis.call('HGET', KEYS[1], freed[1])",
  ),
  mutant(
    'a repair does not show a sale that Redis missed',
    'lua/sale/restore.lua',
    "if is_older or (is_same and ends ~= '0' and ends ~= end_ms) then",
    'if is_older then',
  ),
  mutant(
    'a server that lost its data is not restored',
    'lua/sale/restore.lua',
    'if is_older or (',
    'if (ends and is_older) or (',
  ),
];

const rare: ReadonlySet<string> = new Set([
  'an epoch raised for an earlier server is accepted',
  'a claim expires a reservation that was extended meanwhile',
  'the sweeper expires a reservation that was extended meanwhile',
  'a payment that the provider does not know yet is declined',
  'a refund releases seats that another order paid',
  'a refund of single seats refunds the whole order',
  'two refunds of one order share an idempotency key',
  'a declined payment is not checked again',
  'the record of an account loses seats that it still owns',
  'a repair releases the stored seats instead of the shown ones',
  'a reservation expires before its end',
  'a reservation that is not pending is extended',
  'a seat accepts a smaller fence',
  'an announcement added meanwhile is removed unsent',
  'the seats of an account are not limited',
  'a repair does not show a sale that Redis missed',
]);

export const mutants: readonly Mutant[] = [...ruleMutants, ...adapterMutants, ...scriptMutants].map(
  (one) => ({
    ...one,
    isRare: rare.has(one.name),
  }),
);
