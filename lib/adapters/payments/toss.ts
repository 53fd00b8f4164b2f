import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { UrrError } from '#core/errors.ts';
import type { PaymentProvider, ProviderPayment } from '#core/sales/ports.ts';

/**
 * Toss Payments, API version 2022-11-16: confirm, query and cancel over HTTPS. Every call that changes something
 * carries an idempotency key (kept 15 days there), so repeats have one effect.
 */
export interface TossSettings {
  /** `https://api.tosspayments.com`, without a slash at the end. */
  readonly url: string;
  readonly secretKey: string;
  /** A provider that takes longer is asked again by the reconciler. */
  readonly timeoutMs?: number;
}

const defaultTimeoutMs = 10_000;
const attemptsMax = 3;
const backoffMs = 200;

/** Other fields may come and go; these are the ones a sale hangs on. */
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
});
const failureSchema = z.object({ code: z.string().max(100) });

/** Refusals that say nothing about the order: our key, their trouble, or a first call that is still under way. */
const undecidedCodes = new Set([
  'UNAUTHORIZED_KEY',
  'INVALID_API_KEY',
  'FORBIDDEN_REQUEST',
  'INCORRECT_BASIC_AUTH_FORMAT',
  'IDEMPOTENT_REQUEST_PROCESSING',
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
    if (response.status >= 500 || response.status === 429) throw new Error(`answer ${response.status}`);
    if (response.ok) return { kind: 'payment', payment: paymentSchema.parse(answer) };
    return { kind: 'refused', status: response.status, code: failureSchema.parse(answer).code };
  };

  /** Asks up to three times with growing, random pauses; all calls here may be repeated. */
  const call: typeof once = async (...request) => {
    for (let attempt = 1; ; attempt++) {
      try {
        return await once(...request);
      } catch (cause) {
        if (attempt >= attemptsMax) {
          throw new UrrError('UNAVAILABLE', 'the payment provider does not answer', {
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

  return {
    query,

    async confirm({ orderId, paymentKey, amountKrw }) {
      const body = { paymentKey, orderId, amount: amountKrw };
      const answer = await call('POST', '/v1/payments/confirm', body, `confirm-${orderId}`);
      if (answer.kind === 'payment') return stateOf(answer.payment);
      if (undecidedCodes.has(answer.code)) return { state: 'in-progress' };
      // Refused, but perhaps because it is done already: the order itself knows.
      const known = await query(orderId);
      return known.state === 'approved' || known.state === 'cancelled' ? known : { state: 'declined' };
    },

    async cancel({ orderId, paymentKey, reason }) {
      const path = `/v1/payments/${encodeURIComponent(paymentKey)}/cancel`;
      const answer = await call('POST', path, { cancelReason: reason }, `cancel-${orderId}`);
      return answer.kind === 'payment' ? stateOf(answer.payment) : query(orderId);
    },
  };
}

function stateOf({ status, paymentKey, totalAmount }: z.infer<typeof paymentSchema>): ProviderPayment {
  switch (status) {
    case 'DONE':
      return { state: 'approved', paymentKey, amountKrw: totalAmount };
    case 'CANCELED':
      return { state: 'cancelled', paymentKey, amountKrw: totalAmount };
    case 'ABORTED':
    case 'EXPIRED':
      return { state: 'declined' };
    default:
      // PARTIAL_CANCELED too: URR only ever gives all back, so somebody did it by hand and has to look at it.
      return { state: 'in-progress' };
  }
}
