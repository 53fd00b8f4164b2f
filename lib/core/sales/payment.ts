import type { Payment, PaymentState } from '#contract/sales.ts';
import { tellAfterwards } from './hints.ts';
import type { Clock, HoldStore, PaymentProvider, PaymentStore, ReservationStore } from './ports.ts';

/**
 * The life of a payment. A state is written before the provider is asked for what it names, so after a crash the
 * reconciler knows what may have happened and finishes it.
 *
 *   prepared ─confirm▶ approving ─yes▶ approved ─reservation confirmed▶ settled
 *                         │ no              │ reservation over              │ buyer cancels
 *                         ▼                 ▼                               ▼
 *                      declined          refunding ◀────────────────────────┘ ─provider▶ refunded
 */
const next: Record<PaymentState, readonly PaymentState[]> = {
  prepared: ['approving'],
  approving: ['approved', 'declined', 'refunding'],
  approved: ['settled', 'refunding'],
  settled: ['refunding'],
  refunding: ['refunded'],
  declined: [],
  refunded: [],
};

export const paymentCanBecome = (from: PaymentState, to: PaymentState): boolean => next[from].includes(to);
/** States a crash may leave behind: the reconciler drives them to an end. */
export const unsettledStates: readonly PaymentState[] = ['approving', 'approved', 'refunding'];
export const isUnsettled = (state: PaymentState): boolean => unsettledStates.includes(state);

/**
 * A payment that the provider does not know after this long was never made: Toss ends a payment session 10 minutes after
 * the buyer's approval, so a confirm that is still under way somewhere can no longer take money.
 */
export const providerSessionMs = 30 * 60_000;

export interface PaymentPorts {
  readonly clock: Clock;
  readonly holds: HoldStore;
  readonly payments: PaymentStore;
  readonly provider: PaymentProvider;
  readonly reservations: ReservationStore;
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
  if (payment.userId !== request.userId) return { outcome: 'not-owner' };
  if (payment.amountKrw !== request.amountKrw) return { outcome: 'amount-differs' };
  if (payment.fence !== request.fence) return { outcome: 'fence-refused' };

  if (payment.state !== 'prepared') return outcomeOf(await drivePayment(ports, payment));
  const reservation = await ports.reservations.get(payment.reservationId);
  if (reservation?.fence !== request.fence) return { outcome: 'fence-refused' };
  // Nothing has been asked of the provider yet: no money moves for a reservation that is over.
  if (reservation.state !== 'pending') return { outcome: 'reservation-ended' };
  const { payment: approving } = await ports.payments.move({
    orderId: payment.orderId,
    from: ['prepared'],
    to: 'approving',
    paymentKey: request.paymentKey,
    nowMs: ports.clock.nowMs(),
  });
  return outcomeOf(await drivePayment(ports, approving ?? payment));
}

function outcomeOf(payment: Payment): ConfirmOutcome {
  switch (payment.state) {
    case 'settled':
      return { outcome: 'confirmed', payment };
    case 'declined':
    case 'refunding':
    case 'refunded':
      return { outcome: payment.state, payment };
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
    const to = await nextState(ports, payment);
    if (to === undefined) return payment;
    const { payment: after } = await ports.payments.move({
      orderId: payment.orderId,
      from: [payment.state],
      to,
      nowMs: ports.clock.nowMs(),
    });
    if (after === undefined) return payment;
    payment = after;
  }
  return payment;
}

/** Does what the state asks for, and says which state follows; undefined: not decided yet, ask again later. */
async function nextState(ports: PaymentPorts, payment: Payment): Promise<PaymentState | undefined> {
  if (payment.state === 'approving') return askApproval(ports, payment);
  if (payment.state === 'approved') return confirmReservation(ports, payment);
  return giveBack(ports, payment);
}

async function askApproval(ports: PaymentPorts, payment: Payment): Promise<PaymentState | undefined> {
  const { orderId, paymentKey, amountKrw } = payment;
  if (paymentKey === undefined) return 'declined';
  const reservation = await ports.reservations.get(payment.reservationId);
  // The provider's idempotency key makes this the same confirm as one that crashed. No new money for what is over.
  const answer =
    reservation?.state === 'pending'
      ? await ports.provider.confirm({ orderId, paymentKey, amountKrw })
      : await ports.provider.query(orderId);
  switch (answer.state) {
    case 'approved':
      return answer.amountKrw === amountKrw ? 'approved' : 'refunding';
    case 'cancelled':
    case 'declined':
      return 'declined';
    default:
      return ports.clock.nowMs() - payment.updatedAtMs > providerSessionMs ? 'declined' : undefined;
  }
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
  tellAfterwards(ports.holds.markSold(reservation));
  return 'settled';
}

async function giveBack(ports: PaymentPorts, payment: Payment): Promise<PaymentState | undefined> {
  const { orderId, paymentKey, reservationId } = payment;
  // A reservation that this order paid loses its seats before the money goes; one that another order paid keeps them.
  const { reservation } = await ports.reservations.move({
    reservationId,
    from: ['confirmed'],
    to: 'cancelled',
    ifOrderId: orderId,
  });
  // Also on a repeat: a crash may have come between the move and the release.
  if (reservation?.state === 'cancelled' && reservation.orderId === orderId) {
    tellAfterwards(ports.holds.release(reservation));
  }
  if (paymentKey === undefined) return undefined;
  const answer = await ports.provider.cancel({ orderId, paymentKey, reason: 'reservation over' });
  return answer.state === 'cancelled' ? 'refunded' : undefined;
}

export type RefundOutcome =
  | { readonly outcome: 'refunded' | 'refunding'; readonly payment: Payment }
  | { readonly outcome: 'not-found' | 'not-owner' | 'not-paid' };

/** Cancels what was paid: money back, seats free. The money's way is written down first, so a crash cannot keep it. */
export async function refundPayment(
  ports: PaymentPorts,
  request: { orderId: string; userId: string },
): Promise<RefundOutcome> {
  const payment = await ports.payments.get(request.orderId);
  if (payment === undefined) return { outcome: 'not-found' };
  if (payment.userId !== request.userId) return { outcome: 'not-owner' };
  const { payment: after } = await ports.payments.move({
    orderId: payment.orderId,
    from: ['settled'],
    to: 'refunding',
    nowMs: ports.clock.nowMs(),
  });
  if (after === undefined) return { outcome: 'not-found' };
  const end = await drivePayment(ports, after);
  return end.state === 'refunded' || end.state === 'refunding'
    ? { outcome: end.state, payment: end }
    : { outcome: 'not-paid' };
}

/** Finishes payments that nobody is driving. `untouchedMs` keeps it off calls that are still under way. */
export async function reconcilePayments(
  ports: PaymentPorts,
  options: {
    untouchedMs: number;
    limit: number;
    onError: (orderId: string, error: unknown) => void;
    /** Came to an end here. */
    onFinished?: (payment: Payment) => void;
    /** Could not be brought further now. */
    onStuck?: (payment: Payment) => void;
  },
): Promise<number> {
  const orderIds = await ports.payments.listUnsettled(
    ports.clock.nowMs() - options.untouchedMs,
    options.limit,
  );
  let finished = 0;
  for (const orderId of orderIds) {
    try {
      const payment = await ports.payments.get(orderId);
      if (payment === undefined || !isUnsettled(payment.state)) continue;
      const after = await drivePayment(ports, payment);
      if (isUnsettled(after.state)) {
        options.onStuck?.(after);
        continue;
      }
      finished++;
      options.onFinished?.(after);
    } catch (error) {
      // One payment that fails must not keep the others waiting; it stays in the index and is tried again.
      options.onError(orderId, error);
    }
  }
  return finished;
}
