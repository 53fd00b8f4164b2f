import type { ManualStep, Payment } from '#contract/sale.ts';
import { UrrError } from '../errors.ts';
import type { PaymentStore, ReservationStore } from './ports.ts';
import { afterRefund, openRefund } from './release-and-refund.ts';

interface ManualRefundPorts {
  readonly payments: Pick<PaymentStore, 'get' | 'move'>;
  readonly reservations: Pick<ReservationStore, 'get'>;
}

type Note = Omit<ManualStep, 'what'>;

/**
 * Makes a refund due at once: the next round of a worker calls the provider again with a new idempotency key.
 *
 * @throws UrrError NOT_FOUND, CONFLICT when no refund is open, or another operator or worker has changed the order
 */
export async function retryRefund(ports: ManualRefundPorts, orderId: string, note: Note): Promise<Payment> {
  const payment = await withOpenRefund(ports, orderId);
  return moved(
    await ports.payments.move({
      orderId,
      from: [payment.state],
      ifVersion: payment.version,
      to: 'refunding',
      manualStep: { ...note, what: 'retry' },
      due: { dueClass: 'owing', nextAttemptAtMs: note.atMs },
      nowMs: note.atMs,
    }),
  );
}

/**
 * Settles a refund whose money an operator returned in another way. The provider is not called again.
 *
 * @throws UrrError NOT_FOUND, CONFLICT
 */
export async function settleManually(
  ports: ManualRefundPorts,
  orderId: string,
  note: Note,
): Promise<Payment> {
  const payment = await withOpenRefund(ports, orderId);
  const reservation = await ports.reservations.get(payment.reservationId);
  const hasEnded = reservation?.state !== 'confirmed' || reservation.orderId !== orderId;
  return moved(
    await ports.payments.move({
      orderId,
      from: ['refund-refused'],
      ifVersion: payment.version,
      ...afterRefund(payment, openRefund(payment), hasEnded),
      manualStep: { ...note, what: 'settle-by-hand' },
      due: undefined,
      nowMs: note.atMs,
    }),
  );
}

async function withOpenRefund({ payments }: ManualRefundPorts, orderId: string): Promise<Payment> {
  const payment = await payments.get(orderId);
  if (payment === undefined) throw new UrrError('NOT_FOUND', `there is no order ${orderId}`);
  if (payment.state !== 'refunding' && payment.state !== 'refund-refused')
    throw new UrrError('CONFLICT', `order ${orderId} is ${payment.state}: it has no open refund`);
  return payment;
}

function moved({ moved: isMoved, payment }: { moved: boolean; payment: Payment | undefined }): Payment {
  if (isMoved && payment !== undefined) return payment;
  throw new UrrError(
    'CONFLICT',
    `this order is ${payment?.state ?? 'deleted'}: its refund does not wait for an operator`,
  );
}
