import { metrics } from '#contract/metrics.ts';
import type { Payment } from '#contract/sales.ts';
import { reconcilePayments } from '#core/sales/payment.ts';
import type { Callers } from './callers.ts';
import { portsOf, type SeatLockDeps } from './deps.ts';

const limit = 100;

/** Finishes payments that a crash, or a provider that was away, left behind. Never throws. */
export async function reconcileRound(deps: SeatLockDeps, callers: Callers): Promise<void> {
  const { telemetry } = deps;
  try {
    const finished = await reconcilePayments(portsOf(deps), {
      untouchedMs: deps.timings.untouchedMs,
      limit,
      onError: (orderId, error) => {
        telemetry.count(metrics.paymentStuck);
        telemetry.error('a payment could not be finished', error, { orderId });
      },
      onStuck: ({ orderId, state }) => {
        telemetry.count(metrics.paymentStuck);
        telemetry.warn('a payment is not decided yet', { orderId, state });
      },
      onFinished: (payment) => {
        if (payment.state === 'settled') leave(callers, payment);
      },
    });
    if (finished > 0) telemetry.count(metrics.paymentsReconciled, finished);
  } catch (error) {
    telemetry.error('unsettled payments could not be read', error);
  }
  telemetry.flush();
}

const leave = (callers: Callers, { userId, eventId }: Payment) =>
  callers.leave({ userId, user: `u.${userId}` }, eventId);
