import type { Payment } from '#contract/sale.ts';
import type { DueClass } from '#contract/sale-tables.ts';
import { drivePayment, lookAgain, type PaymentPorts } from './payment.ts';
import { isUnsettled, nextTurnMs } from './payment-life.ts';
import type { DuePayment } from './ports.ts';

/** Undecided payments of one account that a round asks the provider about; the others of it are put off. */
export const undecidedPerAccountMax = 5;

export interface ReconcileOptions {
  readonly dueClass: DueClass;
  /** Payments looked at in one round. */
  readonly limit: number;
  /** Payments worked on at once. @default 1 */
  readonly concurrency?: number;
  readonly onError: (orderId: string, error: unknown) => void;
  /** Came to an end here. */
  readonly onFinished?: (payment: Payment) => void;
  /** Could not be brought further now. */
  readonly onStuck?: (payment: Payment) => void;
}

/**
 * Finishes payments that nobody is driving. What owes money to a buyer and what is undecided are rounds of their own, so
 * undecided payments, however many, never stand before a refund. Any number of workers may do both: one conditional
 * write gives a turn, and moves the next attempt behind a growing pause (docs/adr/0088). Answers how many were finished.
 */
export async function reconcilePayments(ports: PaymentPorts, options: ReconcileOptions): Promise<number> {
  const { dueClass, limit, concurrency = 1 } = options;
  const nowMs = ports.clock.nowMs();
  const old = await ports.payments.listWithoutTurn(nowMs - ports.pace.firstMs, limit);
  const due = [
    ...old.filter((payment) => classOf(payment) === dueClass),
    ...(await ports.payments.listDue(dueClass, nowMs, limit)),
  ];
  // A refund comes before a reservation that is paid and waits to be confirmed.
  const rest = due.sort((a, b) => Number(b.state === 'refunding') - Number(a.state === 'refunding')).values();
  const asked = new Map<string, number>();
  let finished = 0;
  const work = async () => {
    for (const payment of rest) {
      try {
        if (await takeOne(ports, options, payment, asked)) finished++;
      } catch (error) {
        // One payment that fails must not keep the others waiting; its next turn comes by itself.
        options.onError(payment.orderId, error);
      }
    }
  };
  await Promise.all(Array.from({ length: concurrency }, work));
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
  const turnEndsMs = nextTurnMs(due, ports.clock.nowMs(), ports.pace, ports.random);
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
  const after = state === 'declined' ? await lookAgain(ports, payment) : await drivePayment(ports, payment);
  if (after === undefined) return false;
  if (isUnsettled(after.state) || after.state === 'refund-refused') {
    onStuck?.(after);
    return false;
  }
  // A move ends the turn itself; one that another release made, or none at all, leaves it standing.
  if (after.version === payment.version) await ports.payments.forgetTurn(payment.orderId, turnEndsMs);
  if (isUnsettled(state)) onFinished?.(after);
  return isUnsettled(state);
}
