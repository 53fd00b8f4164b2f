import type { Payment, PaymentState } from '#contract/sale.ts';
import { UrrError } from '../errors.ts';
import { dueOf, isUnsettled, lookAgainMs, type Pace, providerSessionMs } from './payment-life.ts';
import type { Clock, HoldStore, PaymentProvider, PaymentStore, ReservationStore } from './ports.ts';
import { idempotencyKeyOf, releaseAndRefund, type Step } from './release-and-refund.ts';
import { notifyWithoutWaiting } from './seat-hints.ts';

export interface PaymentPorts {
  readonly clock: Clock;
  readonly holds: HoldStore;
  readonly payments: PaymentStore;
  readonly provider: PaymentProvider;
  readonly reservations: ReservationStore;
  readonly pace: Pace;
  /** 0 (included) to 1 (excluded). */
  readonly random: () => number;
}

export interface ConfirmRequest {
  readonly orderId: string;
  readonly userId: string;
  readonly paymentKey: string;
  readonly amountKrw: number;
  /** Presented by the holder; missing or other means refused (E6). */
  readonly fence: number;
}

export type ConfirmOutcome =
  | {
      readonly outcome: 'confirmed' | 'declined' | 'refunding' | 'refunded' | 'in-progress';
      readonly payment: Payment;
    }
  | {
      readonly outcome: 'not-found' | 'not-owner' | 'amount-differs' | 'fence-refused' | 'reservation-ended';
    };

/** Confirms a payment once. Late, duplicate and concurrent calls have one effect: every step is one conditional write. */
export async function confirmPayment(ports: PaymentPorts, request: ConfirmRequest): Promise<ConfirmOutcome> {
  const payment = await ports.payments.get(request.orderId);
  if (payment === undefined) return { outcome: 'not-found' };
  const refusal = refusalOf(payment, request);
  if (refusal !== undefined) return refusal;

  if (payment.state !== 'prepared') return outcomeOf(await drivePayment(ports, payment));
  const reservation = await ports.reservations.get(payment.reservationId);
  if (reservation?.fence !== request.fence) return { outcome: 'fence-refused' };
  // Nothing has been asked of the provider yet: no money moves for a reservation that is over.
  if (reservation.state !== 'pending') return { outcome: 'reservation-ended' };
  const { payment: approving } = await moveOn(ports, payment, { to: 'approving' }, request.paymentKey);
  return outcomeOf(await drivePayment(ports, approving ?? payment));
}

/**
 * As confirmPayment. While a provider or a store does not answer, an order that is under way is left to the reconciler, and
 * its buyer is told to wait, not that it failed.
 *
 * @throws UrrError UNAVAILABLE when nothing is under way
 */
export async function confirmOrWait(ports: PaymentPorts, request: ConfirmRequest): Promise<ConfirmOutcome> {
  try {
    return await confirmPayment(ports, request);
  } catch (error) {
    if (!(error instanceof UrrError) || error.code !== 'UNAVAILABLE') throw error;
    const payment = await ports.payments.get(request.orderId);
    if (payment === undefined || !isUnsettled(payment.state)) throw error;
    return refusalOf(payment, request) ?? { outcome: 'in-progress', payment };
  }
}

function refusalOf(payment: Payment, request: ConfirmRequest): ConfirmOutcome | undefined {
  if (payment.userId !== request.userId) return { outcome: 'not-owner' };
  if (payment.amountKrw !== request.amountKrw) return { outcome: 'amount-differs' };
  if (payment.fence !== request.fence) return { outcome: 'fence-refused' };
  return undefined;
}

function outcomeOf(payment: Payment): ConfirmOutcome {
  switch (payment.state) {
    case 'settled':
      return { outcome: 'confirmed', payment };
    case 'declined':
    case 'refunding':
    case 'refunded':
      return { outcome: payment.state, payment };
    case 'refund-refused':
      // The buyer is owed the money, whoever brings it about.
      return { outcome: 'refunding', payment };
    default:
      return { outcome: 'in-progress', payment };
  }
}

/** prepared → approving → approved → refunding → refunded is the longest way: five steps and one spare. */
const stepsMax = 6;

/** Brings an unsettled payment as far as it will go now. Many may drive the same payment. */
export async function drivePayment(ports: PaymentPorts, start: Payment): Promise<Payment> {
  let payment = start;
  for (let step = 0; step < stepsMax && isUnsettled(payment.state); step++) {
    const next = await nextStep(ports, payment);
    if (next === undefined) return payment;
    const { payment: after } = await moveOn(ports, payment, next);
    if (after === undefined) return payment;
    payment = after;
  }
  return payment;
}

/** One conditional write: of several that saw the same payment, one moves it. Answers it as it is after the call. */
export async function moveOn(
  ports: Pick<PaymentPorts, 'clock' | 'payments' | 'pace'>,
  payment: Payment,
  step: Step,
  paymentKey = payment.paymentKey,
): Promise<{ readonly moved: boolean; readonly payment: Payment | undefined }> {
  const nowMs = ports.clock.nowMs();
  return ports.payments.move({
    orderId: payment.orderId,
    from: [payment.state],
    ifVersion: payment.version,
    ...step,
    ...(paymentKey === undefined ? {} : { paymentKey }),
    due: dueOf({ state: step.to, paymentKey }, nowMs, ports.pace),
    nowMs,
  });
}

/** Does what the state asks for, and says which state follows; undefined: not decided yet, ask again later. */
async function nextStep(ports: PaymentPorts, payment: Payment): Promise<Step | undefined> {
  if (payment.state === 'refunding') return releaseAndRefund(ports, payment);
  const to =
    payment.state === 'approving'
      ? await askApproval(ports, payment)
      : await confirmReservation(ports, payment);
  return to === undefined ? undefined : { to };
}

async function askApproval(ports: PaymentPorts, payment: Payment): Promise<PaymentState | undefined> {
  const { orderId, paymentKey, amountKrw, askNumber = 0 } = payment;
  if (paymentKey === undefined) return 'declined';
  const reservation = await ports.reservations.get(payment.reservationId);
  // The idempotency key makes this the same confirm as one that crashed. No new money for what is over.
  const answer =
    reservation?.state === 'pending'
      ? await ports.provider.confirm({
          orderId,
          paymentKey,
          amountKrw,
          idempotencyKey: idempotencyKeyOf('confirm', payment),
        })
      : await ports.provider.query(orderId);
  switch (answer.state) {
    case 'approved':
      return answer.amountKrw === amountKrw ? 'approved' : 'refunding';
    case 'partly-cancelled':
      // Taken, and touched by hand: what is left goes back too.
      return 'refunding';
    case 'cancelled':
    case 'declined':
      return 'declined';
    case 'refused':
      await ports.payments.noteRefusal({ ...answer, orderId, state: 'approving', askNumber });
      break;
  }
  return ports.clock.nowMs() - payment.updatedAtMs > providerSessionMs ? 'declined' : undefined;
}

async function confirmReservation(ports: PaymentPorts, payment: Payment): Promise<PaymentState> {
  const { orderId, reservationId, fence } = payment;
  const { reservation } = await ports.reservations.move({
    reservationId,
    from: ['pending'],
    to: 'confirmed',
    ifFence: fence,
    orderId,
  });
  if (reservation?.state !== 'confirmed' || reservation.orderId !== orderId) return 'refunding';
  notifyWithoutWaiting(ports.holds.markSold(reservation));
  return 'settled';
}

/**
 * An order that counts as declined, seen again: what the provider took after all goes back. Answers the payment as it is
 * then; undefined: nothing is to be said yet.
 */
export async function lookAgain(ports: PaymentPorts, payment: Payment): Promise<Payment | undefined> {
  const answer = await ports.provider.query(payment.orderId);
  if (answer.state === 'approved' || answer.state === 'partly-cancelled') {
    const { payment: after } = await moveOn(ports, payment, { to: 'refunding' }, answer.paymentKey);
    return after === undefined ? undefined : drivePayment(ports, after);
  }
  const isLate = ports.clock.nowMs() - payment.updatedAtMs >= lookAgainMs;
  return answer.state === 'in-progress' || answer.state === 'refused' || !isLate ? undefined : payment;
}
