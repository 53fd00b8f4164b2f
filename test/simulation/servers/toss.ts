import { z } from 'zod';

/**
 * Toss Payments as documented: the buyer approves an order on the provider's page, and the shop confirms it within ten
 * minutes and cancels it in whole or in part. Later calls with an idempotency key get the first response again, also a
 * refusal.
 */
export interface TossRecord {
  readonly orderId: string;
  readonly paymentKey: string;
  readonly approvedAtMs: number;
  /** Amount that the buyer approved on the page. */
  readonly approvedKrw: number;
  /** The shop received a final refusal. */
  isRefused: boolean;
  status: 'IN_PROGRESS' | 'DONE' | 'CANCELED' | 'PARTIAL_CANCELED' | 'ABORTED' | 'EXPIRED';
  /** Captured amount. */
  totalAmount: number;
  balanceAmount: number;
  cancels: { readonly cancelAmount: number; readonly cancelReason: string; readonly cancelStatus: 'DONE' }[];
}

interface TossOptions {
  readonly nowMs: () => number;
  /** Whether the card of this order is declined. */
  readonly isDeclined: (orderId: string) => boolean;
  /** Returns the captured amount, which may differ from the requested one. */
  readonly takenKrw: (orderId: string, amountKrw: number) => number;
  /** Returns the refusal of this call: HTTP status and code; undefined: it is carried out. */
  readonly refusal: (kind: 'confirm' | 'cancel', orderId: string) => TossAnswer | undefined;
  readonly onChange: (record: TossRecord) => void;
}

export interface TossAnswer {
  readonly status: number;
  readonly body: object;
}

const sessionMs = 10 * 60_000;
const confirmSchema = z.object({ paymentKey: z.string(), orderId: z.string(), amount: z.int() });
const cancelSchema = z.object({ cancelReason: z.string().min(1), cancelAmount: z.int().min(1).optional() });

export const refused = (status: number, code: string): TossAnswer => ({
  status,
  body: { code, message: code },
});

export class MemoryToss {
  readonly records = new Map<string, TossRecord>();
  readonly #answers = new Map<string, TossAnswer>();
  readonly #options: TossOptions;

  constructor(options: TossOptions) {
    this.#options = options;
  }

  /** Approves as the buyer's click on the provider's page does. Returns the payment key. */
  approve(orderId: string, amountKrw: number): string {
    const known = this.records.get(orderId);
    if (known !== undefined && known.status !== 'IN_PROGRESS') return known.paymentKey;
    const paymentKey = `key-${orderId}`;
    this.records.set(orderId, {
      orderId,
      paymentKey,
      approvedAtMs: this.#options.nowMs(),
      approvedKrw: amountKrw,
      isRefused: known?.isRefused ?? false,
      status: 'IN_PROGRESS',
      totalAmount: amountKrw,
      balanceAmount: amountKrw,
      cancels: [],
    });
    return paymentKey;
  }

  /** Returns the amount that was captured and not refunded. */
  keptKrw(orderId: string): number {
    const record = this.records.get(orderId);
    return record?.status === 'DONE' || record?.status === 'PARTIAL_CANCELED' ? record.balanceAmount : 0;
  }

  /** A pending or repeated confirm may still take the money, because the shop has received no final refusal. */
  mayStillTake(orderId: string): boolean {
    const record = this.records.get(orderId);
    if (record === undefined) return false;
    this.#expire(record);
    return record.status === 'IN_PROGRESS' && !record.isRefused;
  }

  /** A cancel by an operator on the provider's page. */
  cancelAsOperator(orderId: string): boolean {
    const record = this.records.get(orderId);
    if (record?.status !== 'DONE') return false;
    this.#cancel(record, record.balanceAmount, 'by hand');
    return true;
  }

  /** The bank takes the money although the shop received a refusal. */
  captureLate(orderId: string): void {
    const record = this.records.get(orderId);
    if (record?.status !== 'IN_PROGRESS') return;
    this.#expire(record);
    if (record.status !== 'IN_PROGRESS') return;
    record.status = 'DONE';
    this.#options.onChange(record);
  }

  handle(method: string, path: string, idempotencyKey: string | null, body: unknown): TossAnswer {
    if (method === 'GET') {
      const record = this.records.get(decodeURIComponent(path.replace('/v1/payments/orders/', '')));
      // Before the shop confirms it, an order exists only on the page.
      if (record === undefined) return refused(404, 'NOT_FOUND_PAYMENT');
      this.#expire(record);
      return { status: 200, body: shown(record) };
    }
    if (idempotencyKey === null) return refused(400, 'INVALID_IDEMPOTENCY_KEY');
    const name = `${path} ${idempotencyKey}`;
    const answer = this.#answers.get(name) ?? this.#post(path, body);
    this.#answers.set(name, answer);
    return answer;
  }

  #post(path: string, body: unknown): TossAnswer {
    if (path === '/v1/payments/confirm') return this.#confirm(confirmSchema.parse(body));
    const paymentKey = /^\/v1\/payments\/([^/]+)\/cancel$/.exec(path)?.[1];
    const record = [...this.records.values()].find((each) => each.paymentKey === paymentKey);
    if (record === undefined) return refused(404, 'NOT_FOUND_PAYMENT');
    const { cancelReason, cancelAmount = record.balanceAmount } = cancelSchema.parse(body);
    if (record.status === 'CANCELED') return refused(400, 'ALREADY_CANCELED_PAYMENT');
    if (record.status !== 'DONE' && record.status !== 'PARTIAL_CANCELED')
      return refused(403, 'NOT_CANCELABLE_PAYMENT');
    if (cancelAmount > record.balanceAmount) return refused(403, 'NOT_CANCELABLE_AMOUNT');
    const refusal = this.#options.refusal('cancel', record.orderId);
    if (refusal !== undefined) return refusal;
    this.#cancel(record, cancelAmount, cancelReason);
    return { status: 200, body: shown(record) };
  }

  #confirm({ orderId, paymentKey, amount }: z.infer<typeof confirmSchema>): TossAnswer {
    const { isDeclined, onChange, refusal, takenKrw } = this.#options;
    const record = this.records.get(orderId);
    if (record?.paymentKey !== paymentKey) return refused(404, 'NOT_FOUND_PAYMENT_SESSION');
    this.#expire(record);
    if (record.status === 'EXPIRED') return refused(404, 'NOT_FOUND_PAYMENT_SESSION');
    if (record.status !== 'IN_PROGRESS') return refused(400, 'ALREADY_PROCESSED_PAYMENT');
    if (record.approvedKrw !== amount) return refused(400, 'INVALID_REQUEST');
    const passing = refusal('confirm', orderId);
    if (passing !== undefined) {
      record.isRefused ||= passing.status < 500;
      return passing;
    }
    if (isDeclined(orderId)) {
      record.status = 'ABORTED';
      onChange(record);
      return refused(403, 'REJECT_CARD_PAYMENT');
    }
    record.status = 'DONE';
    record.totalAmount = takenKrw(orderId, amount);
    record.balanceAmount = record.totalAmount;
    onChange(record);
    return { status: 200, body: shown(record) };
  }

  #expire(record: TossRecord): void {
    const isOver = this.#options.nowMs() - record.approvedAtMs > sessionMs;
    if (record.status === 'IN_PROGRESS' && isOver) record.status = 'EXPIRED';
  }

  #cancel(record: TossRecord, cancelAmount: number, cancelReason: string): void {
    record.balanceAmount -= cancelAmount;
    record.cancels.push({ cancelAmount, cancelReason, cancelStatus: 'DONE' });
    record.status = record.balanceAmount === 0 ? 'CANCELED' : 'PARTIAL_CANCELED';
    this.#options.onChange(record);
  }
}

/** A copy, because a repeated response must not show later changes. */
const shown = ({
  approvedAtMs: _at,
  approvedKrw: _krw,
  isRefused: _refused,
  cancels,
  ...record
}: TossRecord) => ({
  version: '2022-11-16',
  currency: 'KRW',
  ...record,
  cancels: cancels.length === 0 ? null : [...cancels],
});
