import { type Command, InvalidArgumentError } from 'commander';
import type { Actor } from './event-commands.ts';
import {
  comparePayments,
  type DayReport,
  dayText,
  isWrong,
  type PaymentReport,
  paymentText,
  retryPayment,
  settlePayment,
  showPayment,
} from './payment-commands.ts';
import type { Target } from './target.ts';

/** Adds a command to a group, as `createProgram` does. */
type AddCommand = <R>(
  usage: string,
  about: string,
  act: (target: Target, actor: Actor, options: { reason?: string; day?: string }, word: string) => Promise<R>,
  text: (answer: R) => string,
  isFailure?: (answer: R) => boolean,
) => Command;

/** `urr payment …`: orders and refunds. */
export function addPaymentCommands(add: AddCommand, reason: (word: string) => string): void {
  add<PaymentReport>(
    'show',
    'shows an order: its state, its refunds, and the changes by operators',
    (target, _actor, _options, orderId) => showPayment(target, orderId),
    paymentText,
  ).argument('<order>', 'id of the order', orderId);
  const addChange = (usage: string, about: string, change: typeof retryPayment) =>
    add<PaymentReport>(
      usage,
      about,
      (target, actor, options, orderId) => change(target, orderId, options.reason ?? '', actor),
      paymentText,
    )
      .argument('<order>', 'id of the order', orderId)
      .requiredOption('--reason <text>', 'reason, for the audit', reason);
  addChange('retry', 'repeats a refused refund at the provider, at once', retryPayment);
  addChange(
    'settle-by-hand',
    'closes a refund that the provider refused and that was paid in another way',
    settlePayment,
  );
  add<DayReport>(
    'compare',
    "compares URR's books of a day with the provider's; exit code 1 if they differ",
    (target, _actor, options) => comparePayments(target, options.day ?? ''),
    dayText,
    isWrong,
  ).requiredOption('--day <date>', 'a day in Korean time, for example 2026-07-01', day);
}

function orderId(word: string): string {
  if (/^[A-Za-z0-9_-]{6,64}$/.test(word)) return word;
  throw new InvalidArgumentError('an order id is 6 to 64 of A-Z, a-z, 0-9, - and _.');
}

function day(word: string): string {
  const ms = Date.parse(`${word}T00:00:00Z`);
  if (/^\d{4}-\d{2}-\d{2}$/.test(word) && !Number.isNaN(ms) && new Date(ms).toISOString().startsWith(word))
    return word;
  throw new InvalidArgumentError('a day is written like 2026-07-01.');
}
