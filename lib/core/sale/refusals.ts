import type { ErrorCode } from '#contract/errors.ts';
import { UrrError } from '../errors.ts';

/** Outcomes of a sale that a buyer sees as an error: its code, which decides the HTTP status, and the message. */
const refusals = {
  'not-found': ['NOT_FOUND', 'there is no reservation or order with this id'],
  'not-owner': ['WRONG_ACCOUNT', 'another account reserved these seats; sign in with that account'],
  'fence-refused': ['FENCE_REFUSED', 'this hold has been replaced by a newer one; please choose seats again'],
  ended: ['RESERVATION_OVER', 'this reservation has ended; please choose seats again'],
  // Reserving.
  taken: ['SEATS_TAKEN', 'these seats are taken; please choose others'],
  'key-reused': ['KEY_REUSED', 'this Idempotency-Key was used for another request; send a new key'],
  'account-full': [
    'SEATS_PER_ACCOUNT',
    'the order exceeds the seats that one account may have; choose fewer seats',
  ],
  'too-many': ['TOO_MANY_REQUESTS', 'this account already holds seats; cancel that reservation first'],
  'cooling-down': [
    'TOO_MANY_REQUESTS',
    'this account has held seats too often without buying; please wait, then try again',
  ],
  // Paying.
  'in-progress': ['CONFLICT', 'a payment of this reservation is already under way; wait for its result'],
  'payments-declined': ['CONFLICT', 'too many payments were declined; please choose seats again'],
  declined: ['PAYMENT_DECLINED', 'the payment was declined; please use another means of payment'],
  'amount-differs': ['AMOUNT_DIFFERS', 'the amount differs from that of the order; read the order again'],
  // Refunding.
  busy: ['CONFLICT', 'another refund of this order is under way; try again when it has finished'],
  'no-such-seats': ['BAD_REQUEST', 'these seats are not part of this order'],
  'not-paid': ['CONFLICT', 'this order has not been paid, so there is nothing to refund'],
} as const satisfies Record<string, readonly [ErrorCode, string]>;

export type Refused = keyof typeof refusals;

export function refusal(
  outcome: Refused,
  more: { readonly details?: unknown; readonly retryAfterSeconds?: number } = {},
): UrrError {
  const [code, message] = refusals[outcome];
  return new UrrError(code, message, more);
}
