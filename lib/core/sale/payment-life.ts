import type { Payment, PaymentState } from '#contract/sale.ts';
import type { DueClass } from '#contract/sale-tables.ts';

/**
 * The life of a payment. A state is written before the provider is asked for what it names, so after a crash the
 * reconciler knows what may have happened and finishes it.
 *
 *   prepared ─confirm▶ approving ─yes▶ approved ─reservation confirmed▶ settled ◀─────single seats─────┐
 *                         │ no              │ reservation over              │ buyer gives back         │
 *                         ▼                 ▼                               ▼                          │
 *                      declined ─captured▶ refunding ◀──────────────────────┘ ──────provider▶ refunded │
 *                                             │ └──────────────────────────────────────────────────────┘
 *                                             └─refused for good▶ refund-refused ─operator▶ refunding, refunded, settled
 */
const next: Record<PaymentState, readonly PaymentState[]> = {
  prepared: ['approving'],
  approving: ['approved', 'declined', 'refunding'],
  approved: ['settled', 'refunding'],
  settled: ['refunding'],
  refunding: ['refunded', 'settled', 'refund-refused'],
  'refund-refused': ['refunding', 'refunded', 'settled'],
  declined: ['refunding'],
  refunded: [],
};

export const paymentCanBecome = (from: PaymentState, to: PaymentState): boolean => next[from].includes(to);
/** States a crash may leave behind: the reconciler drives them to an end. */
const unsettledStates: readonly PaymentState[] = ['approving', 'approved', 'refunding'];
export const isUnsettled = (state: PaymentState): boolean => unsettledStates.includes(state);

/**
 * A payment that the provider does not know after this long was never made: Toss ends a payment session 10 minutes after
 * the buyer's approval, so a confirm that is still under way somewhere can no longer take money.
 */
export const providerSessionMs = 30 * 60_000;
/** A declined order is asked about once more after this, because a provider may have taken the money late. */
export const lookAgainMs = 60 * 60_000;
/** A refund that waits for an operator rings its alarm this often. */
const remindMs = 30 * 60_000;
/** Refusals for good, of one refund, before an operator has to decide: with the back-off about half an hour. */
export const refusalsMax = 8;

/** When a payment is looked at. */
export interface Pace {
  /** After a state is written: calls that are still under way are left alone. */
  readonly firstMs: number;
  /** After a turn; longer than the longest answer of the provider, so a turn ends before the next one begins. */
  readonly retryMs: number;
  /** The back-off ends here. */
  readonly retryMsMax: number;
}

/** In which part of the due index a payment stands, and from when on. Undefined: it is at rest. */
export function dueOf(
  payment: Pick<Payment, 'state' | 'paymentKey'>,
  nowMs: number,
  pace: Pace,
): { readonly dueClass: DueClass; readonly nextAttemptAtMs: number } | undefined {
  switch (payment.state) {
    case 'approving':
      return { dueClass: 'undecided', nextAttemptAtMs: nowMs + pace.firstMs };
    case 'approved':
    case 'refunding':
      return { dueClass: 'owing', nextAttemptAtMs: nowMs + pace.firstMs };
    case 'refund-refused':
      return { dueClass: 'owing', nextAttemptAtMs: nowMs + remindMs };
    case 'declined':
      // Without a key the provider was never asked.
      return payment.paymentKey === undefined
        ? undefined
        : { dueClass: 'undecided', nextAttemptAtMs: nowMs + lookAgainMs };
    default:
      return undefined;
  }
}

/** The end of a turn: doubled with each, half of it by chance, so that what failed together does not return together. */
export function nextTurnMs(
  { state, attempts = 0 }: Pick<Payment, 'state' | 'attempts'>,
  nowMs: number,
  pace: Pace,
  random: () => number,
): number {
  if (state === 'refund-refused') return nowMs + remindMs;
  const waitMs = Math.min(pace.retryMsMax, pace.retryMs * 2 ** Math.min(attempts, 20));
  return nowMs + Math.max(pace.retryMs, Math.floor(waitMs * (0.5 + random() / 2)));
}

/** Won given back so far. Earlier releases gave everything back and wrote down no refund. */
export function refundedKrw({ refunds, state, amountKrw }: Payment): number {
  if (refunds === undefined) return state === 'refunded' ? amountKrw : 0;
  return refunds.reduce((sum, refund) => sum + (refund.state === 'done' ? refund.amountKrw : 0), 0);
}
