import type { Payment, PaymentState } from '#contract/sale.ts';
import { UrrError } from '../errors.ts';
import {
  checkDeclinedAfterMs,
  dueOf,
  isUnsettled,
  providerSessionMs,
  type RetryDelays,
} from './payment-life.ts';
import type { Clock, HoldStore, PaymentProvider, PaymentStore, ReservationStore } from './ports.ts';
import { idempotencyKeyOf, releaseAndRefund, type Step } from './release-and-refund.ts';
import { notifyWithoutWaiting } from './seat-hints.ts';

export interface PaymentPorts {
  readonly clock: Clock;
  readonly holds: HoldStore;
  readonly payments: PaymentStore;
  readonly provider: PaymentProvider;
  readonly reservations: ReservationStore;
  readonly retryDelays: RetryDelays;
  /** 0 (included) to 1 (excluded). */
  readonly random: () => number;
}

interface ConfirmRequest {
  readonly orderId: string;
  readonly userId: string;
  readonly paymentKey: string;
  readonly amountKrw: number;
  /** Presented by the holder; another fence is refused (E6). */
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
  // The provider was not called yet, so no money moves for a reservation that has ended.
  if (reservation.state !== 'pending') return { outcome: 'reservation-ended' };
  const { payment: approving } = await movePayment(ports, payment, { to: 'approving' }, request.paymentKey);
  return outcomeOf(await drivePayment(ports, approving ?? payment));
}

/**
 * Confirms like `confirmPayment`. If a provider or a store is unavailable while the order is under way, the reconciler
 * finishes it, and the outcome is `in-progress` instead of an error.
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
      // The buyer is owed the money, also while an operator has to decide.
      return { outcome: 'refunding', payment };
    default:
      return { outcome: 'in-progress', payment };
  }
}

/** The longest way is prepared → approving → approved → refunding → refunded; the rest is spare. */
const stepsMax = 6;

/** Moves an unsettled payment as far as possible now. Concurrent calls for one payment are safe. */
export async function drivePayment(ports: PaymentPorts, start: Payment): Promise<Payment> {
  let payment = start;
  for (let step = 0; step < stepsMax && isUnsettled(payment.state); step++) {
    const next = await nextStep(ports, payment);
    if (next === undefined) return payment;
    const { payment: after } = await movePayment(ports, payment, next);
    if (after === undefined) return payment;
    payment = after;
  }
  return payment;
}

/** One conditional write: of several callers with the same payment, one moves it. Returns the payment after the call. */
export async function movePayment(
  ports: Pick<PaymentPorts, 'clock' | 'payments' | 'retryDelays'>,
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
    due: dueOf({ state: step.to, paymentKey }, nowMs, ports.retryDelays),
    nowMs,
  });
}

/** Performs the step of the state and returns the state that follows; undefined: undecided, to be repeated later. */
async function nextStep(ports: PaymentPorts, payment: Payment): Promise<Step | undefined> {
  if (payment.state === 'refunding') return releaseAndRefund(ports, payment);
  const to =
    payment.state === 'approving'
      ? await requestApproval(ports, payment)
      : await confirmReservation(ports, payment);
  return to === undefined ? undefined : { to };
}

async function requestApproval(ports: PaymentPorts, payment: Payment): Promise<PaymentState | undefined> {
  const { orderId, paymentKey, amountKrw, askNumber = 0 } = payment;
  if (paymentKey === undefined) return 'declined';
  const reservation = await ports.reservations.get(payment.reservationId);
  // The idempotency key makes a repeat after a crash the same confirm. An ended reservation is only queried: no new money.
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
      // Approved, and partly cancelled by an operator at the provider: the rest is refunded too.
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
 * Checks a declined order again and refunds money that the provider took late. Returns the payment after the call;
 * undefined: undecided, to be repeated later.
 */
export async function checkDeclined(ports: PaymentPorts, payment: Payment): Promise<Payment | undefined> {
  const answer = await ports.provider.query(payment.orderId);
  if (answer.state === 'approved' || answer.state === 'partly-cancelled') {
    const { payment: after } = await movePayment(ports, payment, { to: 'refunding' }, answer.paymentKey);
    return after === undefined ? undefined : drivePayment(ports, after);
  }
  const isLate = ports.clock.nowMs() - payment.updatedAtMs >= checkDeclinedAfterMs;
  return answer.state === 'in-progress' || answer.state === 'refused' || !isLate ? undefined : payment;
}
