import type { Payment } from '#contract/sales.ts';
import { drivePayment, isUnsettled, type PaymentPorts } from './payment.ts';

/**
 * The provider says that something changed. Its message is a hint: what counts is what it answers when asked. Late,
 * repeated and reordered messages change nothing that is right already.
 */
export async function hearProvider(ports: PaymentPorts, orderId: string): Promise<Payment | undefined> {
  const payment = await ports.payments.get(orderId);
  if (payment === undefined) return undefined;
  if (isUnsettled(payment.state)) return drivePayment(ports, payment);
  if (payment.state !== 'settled') return payment;
  // Given back at the provider by hand: the seats must not stay sold.
  const answer = await ports.provider.query(orderId);
  if (answer.state !== 'cancelled') return payment;
  const { payment: after } = await ports.payments.move({
    orderId,
    from: ['settled'],
    to: 'refunding',
    nowMs: ports.clock.nowMs(),
  });
  return after === undefined ? payment : drivePayment(ports, after);
}
