import type { Payment, PaymentState } from '#contract/sale.ts';
import type { DueClass } from '#contract/sale-tables.ts';

/**
 * The life of a payment. Each state is written before the provider is called for it, so after a crash the reconciler knows
 * what may have happened and finishes it.
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
/** States that a crash may leave behind. The reconciler finishes such payments. */
const unsettledStates: readonly PaymentState[] = ['approving', 'approved', 'refunding'];
export const isUnsettled = (state: PaymentState): boolean => unsettledStates.includes(state);

/**
 * A payment that the provider does not know after this time was never made: Toss ends a payment session 10 minutes after
 * the buyer's approval, so a confirm that is still under way can no longer take money.
 */
export const providerSessionMs = 30 * 60_000;
/** Time after which a declined order is checked again, because the provider may have taken the money late. */
export const checkDeclinedAfterMs = 60 * 60_000;
/** Time between two alarms for a refund that waits for an operator. */
const remindMs = 30 * 60_000;
/** Permanent refusals of one refund before an operator has to decide: with the back-off about half an hour. */
export const refusalsMax = 8;

/** Delays between the reconciler's attempts at a payment. */
export interface RetryDelays {
  /** After a state is written: long enough for calls that are still under way. */
  readonly firstMs: number;
  /** After a turn: longer than the provider's longest response, so a turn ends before the next one begins. */
  readonly retryMs: number;
  /** Longest delay of the back-off. */
  readonly retryMsMax: number;
}

/** Returns the class of the due index and the time of the next attempt. Undefined: the payment needs none. */
export function dueOf(
  payment: Pick<Payment, 'state' | 'paymentKey'>,
  nowMs: number,
  retryDelays: RetryDelays,
): { readonly dueClass: DueClass; readonly nextAttemptAtMs: number } | undefined {
  switch (payment.state) {
    case 'approving':
      return { dueClass: 'undecided', nextAttemptAtMs: nowMs + retryDelays.firstMs };
    case 'approved':
    case 'refunding':
      return { dueClass: 'owing', nextAttemptAtMs: nowMs + retryDelays.firstMs };
    case 'refund-refused':
      return { dueClass: 'owing', nextAttemptAtMs: nowMs + remindMs };
    case 'declined':
      // Without a key the provider was never called.
      return payment.paymentKey === undefined
        ? undefined
        : { dueClass: 'undecided', nextAttemptAtMs: nowMs + checkDeclinedAfterMs };
    default:
      return undefined;
  }
}

/** The end of a turn: the delay doubles each time, and half of it is random, so that failed payments spread out. */
export function nextTurnMs(
  { state, attempts = 0 }: Pick<Payment, 'state' | 'attempts'>,
  nowMs: number,
  retryDelays: RetryDelays,
  random: () => number,
): number {
  if (state === 'refund-refused') return nowMs + remindMs;
  const waitMs = Math.min(retryDelays.retryMsMax, retryDelays.retryMs * 2 ** Math.min(attempts, 20));
  return nowMs + Math.max(retryDelays.retryMs, Math.floor(waitMs * (0.5 + random() / 2)));
}

/** Won refunded so far. Earlier releases refunded everything and recorded no refund. */
export function refundedKrw({ refunds, state, amountKrw }: Payment): number {
  if (refunds === undefined) return state === 'refunded' ? amountKrw : 0;
  return refunds.reduce((sum, refund) => sum + (refund.state === 'done' ? refund.amountKrw : 0), 0);
}
