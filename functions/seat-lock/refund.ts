import type { Payment } from '#contract/sale.ts';
import { UrrError } from '#core/errors.ts';
import { type RefundRequest, refundPayment } from '#core/sale/refund.ts';
import { quoteRefund } from '#core/sale/refund-quote.ts';
import { refusal } from '#core/sale/refusals.ts';
import { portsOf } from './deps.ts';
import type { WorkerParts } from './worker-parts.ts';

/**
 * Refunds an order or single seats of it. If the provider does not respond, the reconciler finishes the refund.
 *
 * @throws UrrError NOT_REFUNDABLE, REFUND_CHANGED, NOT_FOUND, WRONG_ACCOUNT, CONFLICT (not paid, or another refund of the order is under way), BAD_REQUEST
 */
export async function refund(
  { deps, callers }: Pick<WorkerParts, 'deps' | 'callers'>,
  request: Omit<RefundRequest, 'quote'> & {
    readonly eventId: string;
    /** The refund that the buyer was shown: a smaller one needs the buyer's consent. */
    readonly shownKrw?: number | undefined;
  },
): Promise<Payment> {
  // Only a reservation of an earlier release takes its terms from the event.
  const event = await callers.findEvent(request.eventId);
  const quote: RefundRequest['quote'] = (asked) => quoteRefund(asked, event, deps.nowMs(), request.shownKrw);
  try {
    const outcome = await refundPayment(portsOf(deps), { ...request, quote });
    switch (outcome.outcome) {
      case 'refunded':
      case 'refunding':
        return outcome.payment;
      default:
        throw refusal(outcome.outcome);
    }
  } catch (error) {
    if (!(error instanceof UrrError) || error.code !== 'UNAVAILABLE') throw error;
    const payment = await deps.payments.get(request.orderId);
    if (payment?.state !== 'refunding') throw error;
    deps.telemetry.warn('the provider did not complete a refund; the reconciler repeats it', {
      orderId: request.orderId,
    });
    return payment;
  }
}
