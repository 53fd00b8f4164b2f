import { randomUUID } from 'node:crypto';
import { z } from 'zod';

/** The provider's books: payments in memory and the operations on them, in the terms of its API. */
export interface Answer {
  readonly status: number;
  readonly body: object;
}

interface Cancel {
  readonly transactionKey: string;
  readonly cancelReason: string;
  readonly cancelAmount: number;
  readonly canceledAt: string;
  readonly cancelStatus: 'DONE';
}

interface Entry {
  readonly paymentKey: string;
  readonly orderId: string;
  readonly totalAmount: number;
  readonly approvedAtMs: number;
  readonly cancels: Cancel[];
  balanceAmount: number;
  status: 'IN_PROGRESS' | 'DONE' | 'PARTIAL_CANCELED' | 'CANCELED' | 'ABORTED' | 'EXPIRED';
  charges: number;
}

interface Transaction {
  readonly transactionKey: string;
  readonly paymentKey: string;
  readonly orderId: string;
  readonly status: 'DONE' | 'PARTIAL_CANCELED' | 'CANCELED';
  readonly transactionAt: string;
  readonly currency: 'KRW';
  readonly amount: number;
  readonly atMs: number;
}

/** As at Toss: an approval expires if it is not confirmed within ten minutes. */
const sessionMs = 10 * 60_000;
const transactionsMax = 5_000;

export const orderIdSchema = z.string().regex(/^[A-Za-z0-9_-]{6,64}$/);
const confirmSchema = z.object({
  paymentKey: z.string().max(200),
  orderId: orderIdSchema,
  amount: z.int().min(0),
});
const cancelSchema = z.object({
  cancelReason: z.string().min(1).max(200),
  cancelAmount: z.int().min(1).optional(),
});
/** A local time in Korea, for example `2026-07-01T00:00:00`, as epoch milliseconds. */
const koreanTime = z.iso.datetime({ local: true }).transform((text) => Date.parse(`${text}+09:00`));
const transactionsSchema = z.object({
  startDate: koreanTime,
  endDate: koreanTime,
  startingAfter: z.string().optional(),
  limit: z.coerce.number().int().min(1).max(transactionsMax).default(100),
});

export const refused = (status: number, code: string): Answer => ({ status, body: { code, message: code } });
const koreanIso = (ms: number) => `${new Date(ms + 9 * 3_600_000).toISOString().slice(0, 19)}+09:00`;

export class Ledger {
  readonly #entries = new Map<string, Entry>();
  readonly #transactions: Transaction[] = [];
  readonly #changed: (entry: { paymentKey: string; orderId: string; status: string }) => void;

  constructor(changed: (entry: { paymentKey: string; orderId: string; status: string }) => void) {
    this.#changed = changed;
  }

  approve(orderId: string, totalAmount: number): string {
    const paymentKey = `sandbox_${randomUUID()}`;
    this.#entries.set(orderId, {
      paymentKey,
      orderId,
      totalAmount,
      approvedAtMs: Date.now(),
      cancels: [],
      balanceAmount: 0,
      status: 'IN_PROGRESS',
      charges: 0,
    });
    return paymentKey;
  }

  entry(orderId: string): Readonly<Entry> | undefined {
    return this.#entries.get(orderId);
  }

  find(orderId: string): Answer {
    const entry = this.#entries.get(orderId);
    return entry === undefined ? refused(404, 'NOT_FOUND_PAYMENT') : { status: 200, body: shown(entry) };
  }

  orderOf(paymentKey: string): string | undefined {
    return [...this.#entries.values()].find((entry) => entry.paymentKey === paymentKey)?.orderId;
  }

  confirm(input: unknown, isDeclined: boolean): Answer {
    const parsed = confirmSchema.safeParse(input);
    if (!parsed.success) return refused(400, 'INVALID_REQUEST');
    const { orderId, paymentKey, amount } = parsed.data;
    const entry = this.#entries.get(orderId);
    if (entry?.paymentKey !== paymentKey) return refused(404, 'NOT_FOUND_PAYMENT_SESSION');
    if (entry.status !== 'IN_PROGRESS') return refused(400, 'ALREADY_PROCESSED_PAYMENT');
    if (entry.totalAmount !== amount) return refused(400, 'INVALID_REQUEST');
    if (Date.now() - entry.approvedAtMs > sessionMs) {
      entry.status = 'EXPIRED';
      return refused(404, 'NOT_FOUND_PAYMENT_SESSION');
    }
    if (isDeclined) {
      entry.status = 'ABORTED';
      this.#changed(entry);
      return refused(403, 'REJECT_CARD_PAYMENT');
    }
    return this.capture(orderId);
  }

  /** Captures the whole amount, whatever the status of the payment. */
  capture(orderId: string): Answer {
    const entry = this.#entries.get(orderId);
    if (entry === undefined) return refused(404, 'NOT_FOUND_PAYMENT_SESSION');
    entry.status = 'DONE';
    entry.balanceAmount = entry.totalAmount;
    entry.charges++;
    this.#note(entry, 'DONE', entry.totalAmount, randomUUID());
    return { status: 200, body: shown(entry) };
  }

  cancel(paymentKey: string, input: unknown): Answer {
    const entry = this.#entries.get(this.orderOf(paymentKey) ?? '');
    if (entry === undefined) return refused(404, 'NOT_FOUND_PAYMENT');
    const parsed = cancelSchema.safeParse(input);
    if (!parsed.success) return refused(400, 'INVALID_REQUEST');
    if (entry.status === 'CANCELED') return refused(400, 'ALREADY_CANCELED_PAYMENT');
    if (entry.status !== 'DONE' && entry.status !== 'PARTIAL_CANCELED')
      return refused(403, 'NOT_CANCELABLE_PAYMENT');
    const { cancelReason, cancelAmount = entry.balanceAmount } = parsed.data;
    if (cancelAmount > entry.balanceAmount) return refused(403, 'NOT_CANCELABLE_AMOUNT');
    const transactionKey = randomUUID();
    entry.balanceAmount -= cancelAmount;
    entry.status = entry.balanceAmount === 0 ? 'CANCELED' : 'PARTIAL_CANCELED';
    const canceledAt = koreanIso(Date.now());
    entry.cancels.push({ transactionKey, cancelReason, cancelAmount, canceledAt, cancelStatus: 'DONE' });
    this.#note(entry, entry.status, cancelAmount, transactionKey);
    return { status: 200, body: shown(entry) };
  }

  transactions(query: unknown): Answer {
    const parsed = transactionsSchema.safeParse(query);
    if (!parsed.success) return refused(400, 'INVALID_REQUEST');
    const { startDate, endDate, startingAfter, limit } = parsed.data;
    const all = this.#transactions.filter(({ atMs }) => startDate <= atMs && atMs <= endDate);
    const first = all.findIndex(({ transactionKey }) => transactionKey === startingAfter) + 1;
    const page = all.slice(first, first + limit).map(({ atMs: _at, ...transaction }) => transaction);
    return { status: 200, body: page };
  }

  #note(entry: Entry, status: Transaction['status'], amount: number, transactionKey: string): void {
    const atMs = Date.now();
    const { paymentKey, orderId } = entry;
    const transactionAt = koreanIso(atMs);
    this.#transactions.push({
      transactionKey,
      paymentKey,
      orderId,
      status,
      transactionAt,
      currency: 'KRW',
      amount,
      atMs,
    });
    this.#changed(entry);
  }
}

const shown = ({ charges: _charges, approvedAtMs: _at, cancels, ...entry }: Entry) => ({
  version: '2022-11-16',
  currency: 'KRW',
  ...entry,
  cancels: cancels.length === 0 ? null : [...cancels],
});
