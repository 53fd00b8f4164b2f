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
    'an owner whose time was extended meanwhile is ended by a claim',
    `${core}/reserve.ts`,
    "to: 'expired',\n    ifExpiresAtMsMax: nowMs,",
    "to: 'expired',",
  ),
  mutant(
    'the amount that the provider took is not compared',
    `${core}/payment.ts`,
    "answer.amountKrw === amountKrw ? 'approved' : 'refunding'",
    "'approved'",
  ),
  mutant('a hold that is over is extended', `${core}/change.ts`, '|| reservation.expiresAtMs <= nowMs', ''),
  mutant('the sweeper ends what was extended meanwhile', `${core}/expire.ts`, 'ifExpiresAtMsMax: nowMs,', ''),
  {
    name: 'the fence is not asked for',
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
    'an overdue owner is taken for dead without ending it',
    `${core}/reserve.ts`,
    'if (!isOverdue(owner, nowMs)) return false;',
    'return isOverdue(owner, nowMs);',
  ),
  mutant(
    'an undecided owner is taken for dead',
    `${core}/reserve.ts`,
    'if (hasReleased(owner, seatId)) return true;',
    "if (owner.state !== 'confirmed') return true;",
  ),
  mutant(
    'only the first seat of an order is claimed',
    `${core}/reserve.ts`,
    'for (const seatId of reservation.seatIds) {',
    'for (const seatId of reservation.seatIds.slice(0, 1)) {',
  ),
  mutant(
    'a conflict leaves the reservation standing',
    `${core}/reserve.ts`,
    'if (taken.length > 0) {',
    'if (taken.length > 1) {',
  ),
  mutant(
    'a claim that has ended is revived',
    `${core}/reserve.ts`,
    "from: ['claiming'],\n    to: 'pending',",
    "from: ['claiming', 'expired'],\n    to: 'pending',",
  ),
  mutant(
    'late money is kept',
    `${core}/payment.ts`,
    "if (reservation?.state !== 'confirmed' || reservation.orderId !== orderId) return 'refunding';",
    "if (reservation === undefined) return 'refunding';",
  ),
  mutant(
    'an order that the provider does not know yet is given up',
    `${core}/payment.ts`,
    "> providerSessionMs ? 'declined' : undefined",
    "> -1 ? 'declined' : undefined",
  ),
  mutant(
    'a refund leaves the seats sold',
    `${core}/release-and-refund.ts`,
    "from: ['confirmed'],",
    'from: [],',
  ),
  mutant(
    'a refund takes the seats of whoever paid',
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
    'a refund of single seats gives everything back',
    `${core}/release-and-refund.ts`,
    'refund === undefined || refund.amountKrw === payment.amountKrw',
    'true',
  ),
  mutant(
    'what a provider refused at first is not looked at again',
    `${core}/payment-life.ts`,
    "? undefined\n        : { dueClass: 'undecided', nextAttemptAtMs: nowMs + checkDeclinedAfterMs };",
    '? undefined : undefined;',
  ),
  mutant(
    'the cap of an account forgets seats that it owns',
    `${core}/account-seats.ts`,
    'seat.reservationId === reservationId && !isOwned(owner, seat.seatId)',
    'seat.reservationId === reservationId',
  ),
  mutant(
    'paid seats are given up without the money',
    `${core}/change.ts`,
    "from: ['claiming', 'pending'],",
    "from: ['claiming', 'pending', 'confirmed'],",
  ),
  mutant(
    'money given back by hand is not noticed',
    `${core}/provider-notice.ts`,
    "if (answer.state !== 'cancelled') return payment;",
    'return payment;',
  ),
  mutant(
    'an order is made for what is over',
    `${core}/prepare.ts`,
    "reservation.state !== 'pending' || reservation.expiresAtMs <= nowMs",
    'false',
  ),
  mutant(
    'an order is made for another amount',
    `${core}/prepare.ts`,
    'amountKrw: reservation.amountKrw,',
    'amountKrw: 100_000,',
  ),
  mutant(
    '"sold out" is not taken back',
    `${core}/sold-out.ts`,
    "return now.isSoldOut ? 'take-back' : 'forget';",
    "return 'forget';",
  ),
  mutant(
    'a repair frees the seats that were written down, not those that are shown',
    `${core}/seat-hints.ts`,
    'release({ ...owner, seatIds: seats.map(({ seatId }) => seatId) })',
    'release(owner)',
  ),
  {
    name: 'a repair works on while it reads the next page',
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
    'a second create writes over the first',
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
    'a reservation ends whatever its end',
    `${tables}/reservations.ts`,
    "conditions['its end has passed'] = 'expiresAtMs <= :expiresAtMsMax';",
    '',
  ),
  mutant(
    'what is not pending is extended',
    `${tables}/reservations.ts`,
    "'is pending': '#state = :pending',",
    '',
  ),
  mutant(
    'the index of owners keeps the dead',
    `${tables}/reservations.ts`,
    "if (isDead(to)) removes.push('owningShard');",
    '',
  ),
  {
    name: 'the fences of a seat are not compared',
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
    'a seat goes to whoever asks',
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
    'the cap of an account is not asked for',
    `${tables}/account-seats.ts`,
    "'attribute_not_exists(seats) OR size(seats) <= :room'",
    "'attribute_not_exists(seats) OR attribute_exists(seats)'",
  ),
  mutant(
    'an epoch is given twice',
    `${tables}/layouts.ts`,
    "UpdateExpression: 'ADD epoch :one',",
    "UpdateExpression: 'SET epoch = :one',",
  ),
  mutant(
    'an announcement writes over the one before',
    `${tables}/outbox.ts`,
    'list_append(if_not_exists(outbox, :none), :announcement)',
    ':announcement',
  ),
  mutant(
    'what was added meanwhile is cleared untold',
    `${tables}/outbox.ts`,
    "'version = :version'",
    "'version >= :version'",
  ),
  mutant(
    'changes count as told though the queue has not taken them',
    'functions/seat-lock/relay-sales.ts',
    'settled.has(reservationEventId(event))',
    'settled.has(reservationEventId(event)) || true',
  ),
  mutant(
    'a message that comes twice is counted twice',
    'lib/adapters/dynamodb/sale/statistics.ts',
    'reservationEventId(event)',
    'reservationEventId(event) + Math.random()',
  ),
  mutant(
    'sums are made of an old copy',
    'lib/adapters/dynamodb/sale/statistics.ts',
    'secondPagesMax, true)',
    'secondPagesMax, false)',
  ),
  mutant(
    'a payment that was given back counts as paid',
    'lib/adapters/payments/toss.ts',
    "state: leftKrw === 0 ? 'cancelled' : 'partly-cancelled',",
    "state: 'approved',",
  ),
];

const scriptMutants: readonly Mutant[] = [
  mutant(
    'a promoted server goes on with its fences',
    'lua/sale/hold.lua',
    'local is_new_server = not (run and string.find(info, run, 1, true))',
    'local is_new_server = not run',
  ),
  mutant(
    'an epoch that was raised for an earlier server is taken',
    'lua/sale/hold.lua',
    'raised_for ~= run or',
    'not raised or',
  ),
  mutant('a fence is given twice', 'lua/sale/hold.lua', 'counter = counter + 1', 'counter = counter + 0'),
  mutant(
    'fences of two epochs meet',
    'lua/sale/hold.lua',
    'local FENCE_EPOCH = 4294967296',
    'local FENCE_EPOCH = 1',
  ),
  mutant(
    'a release frees nothing',
    'lua/sale/release.lua',
    "redis.call('HDEL', KEYS[1], unpack(freed))",
    "redis.call('HGET', KEYS[1], freed[1])",
  ),
  mutant(
    'a sale that Redis missed is not shown by a repair',
    'lua/sale/restore.lua',
    "if is_older or (is_same and ends ~= '0' and ends ~= end_ms) then",
    'if is_older then',
  ),
  mutant(
    'a server that has forgotten is told nothing',
    'lua/sale/restore.lua',
    'if is_older or (',
    'if (ends and is_older) or (',
  ),
];

const rare: ReadonlySet<string> = new Set([
  'an epoch that was raised for an earlier server is taken',
  'an owner whose time was extended meanwhile is ended by a claim',
  'the sweeper ends what was extended meanwhile',
  'an order that the provider does not know yet is given up',
  'a refund takes the seats of whoever paid',
  'a refund of single seats gives everything back',
  'two refunds of one order share an idempotency key',
  'what a provider refused at first is not looked at again',
  'the cap of an account forgets seats that it owns',
  'a repair frees the seats that were written down, not those that are shown',
  'a reservation ends whatever its end',
  'what is not pending is extended',
  'the fences of a seat are not compared',
  'what was added meanwhile is cleared untold',
  'the cap of an account is not asked for',
  'a sale that Redis missed is not shown by a repair',
]);

export const mutants: readonly Mutant[] = [...ruleMutants, ...adapterMutants, ...scriptMutants].map(
  (one) => ({
    ...one,
    isRare: rare.has(one.name),
  }),
);
