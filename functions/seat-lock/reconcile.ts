import { metrics } from '#contract/metrics.ts';
import type { DueClass } from '#contract/sale-tables.ts';
import { reconcilePayments } from '#core/sale/reconcile.ts';
import type { Callers } from './callers.ts';
import { portsOf, type SeatLockDeps } from './deps.ts';

/** Payments per round, and how many in parallel: a provider that takes 10 s per payment must not delay the rest. */
const limit = 500;
const concurrency = 16;

/**
 * Finishes payments of one class after a crash or an outage of the provider. Each class has its own round, so a round full
 * of undecided payments does not delay refunds. Never throws.
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
        telemetry.error('a payment could not be finished; a later round repeats it', error, { orderId });
      },
      onStuck: ({ orderId, state, lastRefusal }) => {
        telemetry.count(state === 'refund-refused' ? metrics.refundRefused : metrics.paymentStuck);
        telemetry.warn('the provider has not decided a payment yet; a later round queries it again', {
          orderId,
          state,
          lastRefusal,
        });
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
