import { metrics } from '#contract/metrics.ts';
import type { DueClass } from '#contract/sale-tables.ts';
import { reconcilePayments } from '#core/sale/reconcile.ts';
import type { Callers } from './callers.ts';
import { portsOf, type SeatLockDeps } from './deps.ts';

/** Payments a round looks at, and how many of them at once: a provider that takes ten seconds each must not hold up the rest. */
const limit = 500;
const concurrency = 16;

/**
 * Finishes payments of a class that a crash, or a provider that was away, left behind. The two classes are rounds of their
 * own: a round full of undecided payments holds no refund up. Never throws.
 */
export async function reconcileRound(
  deps: SeatLockDeps,
  callers: Callers,
  dueClass: DueClass,
): Promise<void> {
  const { telemetry } = deps;
  try {
    const finished = await reconcilePayments(portsOf(deps), {
      dueClass,
      limit,
      concurrency,
      onError: (orderId, error) => {
        telemetry.count(metrics.paymentStuck);
        telemetry.error('a payment could not be finished', error, { orderId });
      },
      onStuck: ({ orderId, state, lastRefusal }) => {
        telemetry.count(state === 'refund-refused' ? metrics.refundRefused : metrics.paymentStuck);
        telemetry.warn('a payment is not decided yet', { orderId, state, lastRefusal });
      },
      onFinished: ({ state, userId, eventId }) => {
        if (state === 'settled') callers.leave({ userId, user: `u.${userId}` }, eventId);
      },
    });
    if (finished > 0) telemetry.count(metrics.paymentsReconciled, finished);
  } catch (error) {
    telemetry.error('unsettled payments could not be read', error);
  }
  telemetry.flush();
}
