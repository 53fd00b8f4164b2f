import type { Payment } from '#contract/sale.ts';
import { checkDeclined, drivePayment, movePayment, type PaymentPorts } from './payment.ts';
import { isUnsettled, refundedKrw } from './payment-life.ts';

/**
 * Handles a notice of the provider that an order changed. The notice is a hint: only the response to a query counts. So
 * late, repeated and reordered notices do no harm.
 */
export async function followProviderNotice(
  ports: PaymentPorts,
  orderId: string,
): Promise<Payment | undefined> {
  const known = await ports.payments.get(orderId);
  if (known === undefined) return undefined;
  const payment = isUnsettled(known.state) ? await drivePayment(ports, known) : known;
  // The provider may have taken the money after the order was declined.
  if (payment.state === 'declined') return (await checkDeclined(ports, payment)) ?? payment;
  if (payment.state !== 'settled') return payment;
  // Cancelled by an operator at the provider: the seats must not stay sold.
  const answer = await ports.provider.query(orderId);
  if (answer.state !== 'cancelled') return payment;
  // URR's own refunds of single seats paid everything back: seats of the order that cost nothing stay the buyer's.
  if (refundedKrw(payment) === payment.amountKrw) return payment;
  const { payment: after } = await movePayment(ports, payment, { to: 'refunding' });
  return after === undefined ? payment : drivePayment(ports, after);
}
