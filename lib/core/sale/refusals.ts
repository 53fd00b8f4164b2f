import type { ErrorCode } from '#contract/errors.ts';
import { UrrError } from '../errors.ts';

/** Outcomes of a sale that a buyer sees as an error: its code, which decides the HTTP status, and the message. */
const refusals = {
  'not-found': ['NOT_FOUND', 'there is nothing of this name'],
  'not-owner': ['WRONG_ACCOUNT', 'this belongs to another account'],
  'fence-refused': ['FENCE_REFUSED', 'the seats were reserved again in the meantime, please choose again'],
  over: ['RESERVATION_OVER', 'this reservation has ended'],
  // Reserving.
  taken: ['SEATS_TAKEN', 'these seats are taken'],
  'key-reused': ['KEY_REUSED', 'this Idempotency-Key was used for another request'],
  'account-full': ['SEATS_PER_ACCOUNT', 'one account may not have so many seats of this event'],
  'too-many': ['TOO_MANY_REQUESTS', 'this account already holds seats; cancel them first'],
  'cooling-down': ['TOO_MANY_REQUESTS', 'this account has held seats too often without buying'],
  // Paying.
  'in-progress': ['CONFLICT', 'a payment of this reservation is under way'],
  'payments-declined': ['CONFLICT', 'too many payments were declined, please choose seats again'],
  declined: ['PAYMENT_DECLINED', 'the payment was declined'],
  'amount-differs': ['AMOUNT_DIFFERS', 'the amount is not that of the order'],
  // Giving back.
  busy: ['CONFLICT', 'another refund of this order is under way'],
  'no-such-seats': ['BAD_REQUEST', 'these seats are not of this order'],
  'not-paid': ['CONFLICT', 'this order is not paid'],
} as const satisfies Record<string, readonly [ErrorCode, string]>;

export type Refused = keyof typeof refusals;

export function refusal(
  outcome: Refused,
  more: { readonly details?: unknown; readonly retryAfterSeconds?: number } = {},
): UrrError {
  const [code, message] = refusals[outcome];
  return new UrrError(code, message, more);
}
