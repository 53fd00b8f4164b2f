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

/** As `createProgram` makes a command of a group. */
export type AddCommand = <R>(
  usage: string,
  about: string,
  act: (target: Target, actor: Actor, options: { reason?: string; day?: string }, word: string) => Promise<R>,
  text: (answer: R) => string,
  isFailure?: (answer: R) => boolean,
) => Command;

/** `urr payment …`: what an operator does about money. */
export function addPaymentCommands(add: AddCommand, reason: (word: string) => string): void {
  add<PaymentReport>(
    'show',
    'shows an order: its state, its refunds, and what was done by hand',
    (target, _actor, _options, orderId) => showPayment(target, orderId),
    paymentText,
  ).argument('<order>', 'its id', orderId);
  const addChange = (usage: string, about: string, change: typeof retryPayment) =>
    add<PaymentReport>(
      usage,
      about,
      (target, actor, options, orderId) => change(target, orderId, options.reason ?? '', actor),
      paymentText,
    )
      .argument('<order>', 'its id', orderId)
      .requiredOption('--reason <text>', 'why, for the audit', reason);
  addChange('retry', 'has the provider asked again for a refund, at once', retryPayment);
  addChange(
    'settle-by-hand',
    'ends a refund that the provider refused: the money has gone another way',
    settlePayment,
  );
  add<DayReport>(
    'compare',
    "compares our books with the provider's; ends with 1 where they differ",
    (target, _actor, options) => comparePayments(target, options.day ?? ''),
    dayText,
    isWrong,
  ).requiredOption('--day <date>', 'a day in Korea, like 2026-07-01', day);
}

function orderId(word: string): string {
  if (/^[A-Za-z0-9_-]{6,64}$/.test(word)) return word;
  throw new InvalidArgumentError('an order id is 6 to 64 of A-Z, a-z, 0-9, - and _.');
}

function day(word: string): string {
  const ms = Date.parse(`${word}T00:00:00Z`);
  if (/^\d{4}-\d{2}-\d{2}$/.test(word) && !Number.isNaN(ms) && new Date(ms).toISOString().startsWith(word))
    return word;
  throw new InvalidArgumentError('a day is like 2026-07-01.');
}
