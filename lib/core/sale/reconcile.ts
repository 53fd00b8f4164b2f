import type { Payment } from '#contract/sale.ts';
import type { DueClass } from '#contract/sale-tables.ts';
import { mapBounded } from '../map-bounded.ts';
import { checkDeclined, drivePayment, type PaymentPorts } from './payment.ts';
import { isUnsettled, nextTurnMs } from './payment-life.ts';
import type { DuePayment } from './ports.ts';

/** Most undecided payments of one account per round; its other payments wait for a later round. */
export const undecidedPerAccountMax = 5;

export interface ReconcileOptions {
  readonly dueClass: DueClass;
  /** Most payments per round. */
  readonly limit: number;
  /** Payments worked on at once. @default 1 */
  readonly concurrency?: number;
  readonly onError: (orderId: string, error: unknown) => void;
  /** This round finished the payment. */
  readonly onFinished?: (payment: Payment) => void;
  /** This round could not finish the payment. */
  readonly onStuck?: (payment: Payment) => void;
}

/**
 * Finishes payments after a crash or an unavailable provider, and returns how many. Owing and undecided payments have
 * separate rounds, so undecided payments, however many, never delay a refund. Any number of workers may run both: one
 * conditional write takes the turn at a payment and sets its next attempt after a growing delay (docs/adr/0088).
 */
export async function reconcilePayments(ports: PaymentPorts, options: ReconcileOptions): Promise<number> {
  const { dueClass, limit, concurrency = 1 } = options;
  const nowMs = ports.clock.nowMs();
  const old = await ports.payments.listWithoutTurn(nowMs - ports.retryDelays.firstMs, limit);
  const due = [
    ...old.filter((payment) => classOf(payment) === dueClass),
    ...(await ports.payments.listDue(dueClass, nowMs, limit)),
  ];
  // Refunds first, then paid reservations that wait for their confirmation.
  due.sort((a, b) => Number(b.state === 'refunding') - Number(a.state === 'refunding'));
  const asked = new Map<string, number>();
  let finished = 0;
  await mapBounded(due, concurrency, async (payment) => {
    try {
      if (await takeOne(ports, options, payment, asked)) finished++;
    } catch (error) {
      // One failed payment must not delay the others; its next turn comes automatically.
      options.onError(payment.orderId, error);
    }
  });
  return finished;
}

const classOf = ({ state }: DuePayment): DueClass =>
  state === 'approving' || state === 'declined' ? 'undecided' : 'owing';

async function takeOne(
  ports: PaymentPorts,
  { dueClass, onFinished, onStuck }: ReconcileOptions,
  due: DuePayment,
  asked: Map<string, number>,
): Promise<boolean> {
  const turnEndsMs = nextTurnMs(due, ports.clock.nowMs(), ports.retryDelays, ports.random);
  const payment = await ports.payments.takeTurn(due, dueClass, turnEndsMs);
  if (payment === undefined) return false;
  const { userId, state } = payment;
  if (dueClass === 'undecided') {
    const count = (asked.get(userId) ?? 0) + 1;
    asked.set(userId, count);
    if (count > undecidedPerAccountMax) return false;
  }
  if (state === 'refund-refused') {
    onStuck?.(payment);
    return false;
  }
  const after =
    state === 'declined' ? await checkDeclined(ports, payment) : await drivePayment(ports, payment);
  if (after === undefined) return false;
  if (isUnsettled(after.state) || after.state === 'refund-refused') {
    onStuck?.(after);
    return false;
  }
  // A move of this release ends the turn. Without one the turn is deleted here.
  if (after.version === payment.version) await ports.payments.deleteTurn(payment.orderId, turnEndsMs);
  if (isUnsettled(state)) onFinished?.(after);
  return isUnsettled(state);
}
