import type { Payment } from '#contract/sales.ts';
import { UrrError } from '#core/errors.ts';
import { type RefundRequest, refundPayment } from '#core/sales/refund.ts';
import { notFound, notOwner } from './answers.ts';
import { portsOf, type SeatLockDeps } from './deps.ts';

/**
 * Gives back an order, or single seats of it. A provider that does not answer leaves it to the reconciler.
 *
 * @throws UrrError NOT_FOUND, WRONG_ACCOUNT, CONFLICT (not paid, or another refund of the order is under way), BAD_REQUEST
 */
export async function refund(deps: SeatLockDeps, request: RefundRequest): Promise<Payment> {
  try {
    const outcome = await refundPayment(portsOf(deps), request);
    switch (outcome.outcome) {
      case 'refunded':
      case 'refunding':
        return outcome.payment;
      case 'busy':
        throw new UrrError('CONFLICT', 'another refund of this order is under way');
      case 'no-such-seats':
        throw new UrrError('BAD_REQUEST', 'these seats are not of this order');
      case 'not-paid':
        throw new UrrError('CONFLICT', 'this order is not paid');
      case 'not-owner':
        throw notOwner();
      case 'not-found':
        throw notFound();
    }
  } catch (error) {
    if (!(error instanceof UrrError) || error.code !== 'UNAVAILABLE') throw error;
    const payment = await deps.payments.get(request.orderId);
    if (payment?.state !== 'refunding') throw error;
    deps.telemetry.warn('a refund is left to the reconciler', { orderId: request.orderId });
    return payment;
  }
}
