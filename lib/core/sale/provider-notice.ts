import type { Payment } from '#contract/sale.ts';
import { drivePayment, lookAgain, moveOn, type PaymentPorts } from './payment.ts';
import { isUnsettled, refundedKrw } from './payment-life.ts';

/**
 * The provider says that something changed. Its message is a hint: what counts is what it answers when asked. Late,
 * repeated and reordered messages change nothing that is right already.
 */
export async function followProviderNotice(
  ports: PaymentPorts,
  orderId: string,
): Promise<Payment | undefined> {
  const heard = await ports.payments.get(orderId);
  if (heard === undefined) return undefined;
  const payment = isUnsettled(heard.state) ? await drivePayment(ports, heard) : heard;
  // Taken after all, although it was refused or unknown when we asked.
  if (payment.state === 'declined') return (await lookAgain(ports, payment)) ?? payment;
  if (payment.state !== 'settled') return payment;
  // Given back at the provider by hand: the seats must not stay sold.
  const answer = await ports.provider.query(orderId);
  if (answer.state !== 'cancelled') return payment;
  // Nothing is left there by our own refunds: seats of the order that cost nothing stay the buyer's.
  if (refundedKrw(payment) === payment.amountKrw) return payment;
  const { payment: after } = await moveOn(ports, payment, { to: 'refunding' });
  return after === undefined ? payment : drivePayment(ports, after);
}
