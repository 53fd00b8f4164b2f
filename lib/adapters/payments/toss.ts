import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { UrrError } from '#core/errors.ts';
import type { PaymentProvider, ProviderPayment } from '#core/sale/ports.ts';

/**
 * Toss Payments, API version 2022-11-16: confirm, query and cancel over HTTPS. Every call that changes something carries an
 * idempotency key, which the provider keeps for 15 days, so a repeat has no second effect.
 */
export interface TossSettings {
  /** For example `https://api.tosspayments.com`, without a trailing slash. */
  readonly url: string;
  readonly secretKey: string;
  /** Time-out of a call, in ms. The reconciler repeats a call that timed out. @default - 10 s */
  readonly timeoutMs?: number;
}

const defaultTimeoutMs = 10_000;
const attemptsMax = 3;
const backoffMs = 200;

/** The fields that a sale depends on. Other fields may change. */
const paymentSchema = z.object({
  paymentKey: z.string().min(1).max(200),
  orderId: z.string(),
  status: z.enum([
    'READY',
    'IN_PROGRESS',
    'WAITING_FOR_DEPOSIT',
    'DONE',
    'CANCELED',
    'PARTIAL_CANCELED',
    'ABORTED',
    'EXPIRED',
  ]),
  totalAmount: z.int().min(0),
  /** The amount that is not cancelled. Null before the capture. */
  balanceAmount: z.int().min(0).nullish(),
  cancels: z.array(z.object({ cancelReason: z.string(), cancelAmount: z.int().min(0) })).nullish(),
});
const failureSchema = z.object({ code: z.string().max(100) });

/** The first call with this idempotency key is still under way; a later call with the same key returns its result. */
const underWayCode = 'IDEMPOTENT_REQUEST_PROCESSING';
/** The secret key is wrong. A corrected key makes a repeat possible, because the provider replays responses per secret key. */
const accessCodes = new Set([
  'UNAUTHORIZED_KEY',
  'INVALID_API_KEY',
  'FORBIDDEN_REQUEST',
  'INCORRECT_BASIC_AUTH_FORMAT',
]);
/** Temporary failures of the provider. The response to this idempotency key stays the same. */
const passingCodes = new Set([
  'PROVIDER_ERROR',
  'CARD_PROCESSING_ERROR',
  'FAILED_INTERNAL_SYSTEM_PROCESSING',
  'FAILED_PAYMENT_INTERNAL_SYSTEM_PROCESSING',
]);

type Answer =
  | { readonly kind: 'payment'; readonly payment: z.infer<typeof paymentSchema> }
  | { readonly kind: 'refused'; readonly status: number; readonly code: string };

export function createTossPayments(settings: TossSettings): PaymentProvider {
  const authorization = `Basic ${Buffer.from(`${settings.secretKey}:`).toString('base64')}`;
  const timeoutMs = settings.timeoutMs ?? defaultTimeoutMs;

  const once = async (
    method: 'GET' | 'POST',
    path: string,
    body?: object,
    idempotencyKey?: string,
  ): Promise<Answer> => {
    const response = await fetch(`${settings.url}${path}`, {
      method,
      redirect: 'error',
      signal: AbortSignal.timeout(timeoutMs),
      headers: {
        authorization,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const answer: unknown = await response.json();
    if (response.ok) return { kind: 'payment', payment: paymentSchema.parse(answer) };
    if (response.status === 429) throw new Error('response 429');
    // A server error without a code of the provider comes from an intermediary and counts as a lost response.
    return { kind: 'refused', status: response.status, code: failureSchema.parse(answer).code };
  };

  /** Calls up to three times with growing, random pauses until a response arrives. All calls here may be repeated. */
  const call: typeof once = async (...request) => {
    for (let attempt = 1; ; attempt++) {
      try {
        return await once(...request);
      } catch (cause) {
        if (attempt >= attemptsMax) {
          throw new UrrError('UNAVAILABLE', 'the payment provider does not respond; please try again', {
            retryAfterSeconds: 5,
            cause,
          });
        }
        await sleep(Math.random() * backoffMs * 2 ** attempt);
      }
    }
  };

  const query = async (orderId: string): Promise<ProviderPayment> => {
    const answer = await call('GET', `/v1/payments/orders/${encodeURIComponent(orderId)}`);
    if (answer.kind === 'payment') return stateOf(answer.payment);
    return { state: answer.status === 404 ? 'unknown' : 'in-progress' };
  };
  const refusal = ({ code, status }: Extract<Answer, { kind: 'refused' }>): ProviderPayment =>
    code === underWayCode || accessCodes.has(code)
      ? { state: 'in-progress' }
      : { state: 'refused', code, isLasting: status < 500 && !passingCodes.has(code) };

  return {
    query,

    async confirm({ orderId, paymentKey, amountKrw, idempotencyKey }) {
      const body = { paymentKey, orderId, amount: amountKrw };
      const answer = await call('POST', '/v1/payments/confirm', body, idempotencyKey);
      if (answer.kind === 'payment') return stateOf(answer.payment);
      const refused = refusal(answer);
      if (refused.state !== 'refused' || !refused.isLasting) return refused;
      // A refusal may mean that the payment is already confirmed, so the order is queried.
      const known = await query(orderId);
      return isCaptured(known) ? known : { state: 'declined' };
    },

    async cancel({ orderId: _orderId, paymentKey, amountKrw, reason, idempotencyKey }) {
      const path = `/v1/payments/${encodeURIComponent(paymentKey)}/cancel`;
      const body = { cancelReason: reason, ...(amountKrw === undefined ? {} : { cancelAmount: amountKrw }) };
      const answer = await call('POST', path, body, idempotencyKey);
      return answer.kind === 'payment' ? stateOf(answer.payment) : refusal(answer);
    },
  };
}

const isCaptured = (answer: ProviderPayment): boolean =>
  answer.state === 'approved' || answer.state === 'cancelled' || answer.state === 'partly-cancelled';

function stateOf(payment: z.infer<typeof paymentSchema>): ProviderPayment {
  const { status, paymentKey, totalAmount } = payment;
  const cancels = (payment.cancels ?? []).map(({ cancelReason, cancelAmount }) => ({
    reason: cancelReason,
    amountKrw: cancelAmount,
  }));
  const cancelledKrw = cancels.reduce((sum, { amountKrw }) => sum + amountKrw, 0);
  const leftKrw = payment.balanceAmount ?? (status === 'CANCELED' ? 0 : totalAmount - cancelledKrw);
  switch (status) {
    case 'DONE':
      return { state: 'approved', paymentKey, amountKrw: totalAmount, leftKrw, cancels };
    case 'CANCELED':
    case 'PARTIAL_CANCELED':
      return {
        state: leftKrw === 0 ? 'cancelled' : 'partly-cancelled',
        paymentKey,
        amountKrw: totalAmount,
        leftKrw,
        cancels,
      };
    case 'ABORTED':
    case 'EXPIRED':
      return { state: 'declined' };
    default:
      return { state: 'in-progress' };
  }
}
