import { createHmac } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import Fastify from 'fastify';
import { z } from 'zod';
import { webhookHeaders } from '#contract/payment-webhook.ts';
import { checkoutPage } from './checkout-page.ts';
import { type Answer, Ledger, orderIdSchema, refused } from './ledger.ts';

/**
 * A payment provider on this machine with the API of Toss Payments, so the local run uses the same adapter as AWS. It
 * keeps its payments in memory, and fails on demand.
 */
export interface Sandbox {
  readonly url: string;
  /** Won captured and not refunded for an order, for tests that compare them with the reservations. */
  keptKrw(orderId: string): number;
  /** Number of captures of an order. */
  charges(orderId: string): number;
  /** Approves a payment, as the buyer's click on the provider's page does. */
  approve(orderId: string, amountKrw: number): string;
  /** Captures a declined payment nevertheless, as some banks do. */
  captureLate(orderId: string): void;
  /** Cancels a payment, as an operator does on the provider's site. */
  cancelAsOperator(orderId: string, amountKrw?: number): void;
  /** Idempotency keys of the calls that would change an order, in order of arrival, with repeats. */
  keysUsed(orderId: string): readonly string[];
  set(switches: Partial<Switches>): void;
  stop(): Promise<void>;
}

const switchesSchema = z.strictObject({
  /** Milliseconds added to every response. */
  slowMs: z.int().min(0).max(60_000).default(0),
  /** Share of confirms that are declined. */
  declined: z.number().min(0).max(1).default(0),
  /** Share of confirms that fail with an error of the provider, without a capture. */
  failedConfirm: z.number().min(0).max(1).default(0),
  /** Share of cancels that are refused. A key that was refused once stays refused after the switch changes. */
  refusedCancel: z.number().min(0).max(1).default(0),
  /** Share of responses that are lost after the effect, because the connection is closed. */
  lostAnswer: z.number().min(0).max(1).default(0),
  /** Share of webhooks that are sent twice. */
  duplicated: z.number().min(0).max(1).default(0),
  /** Delay of webhooks in milliseconds. */
  lateWebhookMs: z.int().min(0).max(600_000).default(0),
});
export type Switches = z.infer<typeof switchesSchema>;

const checkoutSchema = z.object({
  orderId: orderIdSchema,
  amount: z.coerce.number().int().min(0),
  successUrl: z.url(),
  failUrl: z.url(),
  language: z.enum(['ko', 'en']).default('ko'),
});

interface SandboxOptions {
  readonly port?: number;
  /** Returns the shop's key. Called per request, because the secret may be created after the sandbox, or be rotated. */
  readonly secretKey: string | (() => string);
  readonly webhook?: { readonly url: string; readonly secret: string | (() => string) };
  readonly random?: () => number;
}

const currentValue = (secret: string | (() => string)) => (typeof secret === 'string' ? secret : secret());

export async function startSandbox(options: SandboxOptions): Promise<Sandbox> {
  const random = options.random ?? Math.random;
  const answers = new Map<string, Answer>();
  const keys = new Map<string, string[]>();
  const pending = new Set<Promise<void>>();
  const stopping = new AbortController();
  let switches = switchesSchema.parse({});
  const authorization = () =>
    `Basic ${Buffer.from(`${currentValue(options.secretKey)}:`).toString('base64')}`;
  const app = Fastify({ forceCloseConnections: true });

  const notify = (entry: { paymentKey: string; orderId: string; status: string }) => {
    const { webhook } = options;
    if (webhook === undefined) return;
    const { paymentKey, orderId, status } = entry;
    const data = { paymentKey, orderId, status };
    const send = async () => {
      await sleep(switches.lateWebhookMs, undefined, { signal: stopping.signal });
      const time = new Date().toISOString();
      const body = JSON.stringify({ eventType: 'PAYMENT_STATUS_CHANGED', createdAt: time, data });
      const mac = createHmac('sha256', currentValue(webhook.secret))
        .update(`${body}:${time}`)
        .digest('base64');
      const headers = {
        'content-type': 'application/json',
        [webhookHeaders.time]: time,
        [webhookHeaders.signature]: `v1:${mac}`,
      };
      for (let copies = random() < switches.duplicated ? 2 : 1; copies > 0; copies--) {
        await fetch(webhook.url, { method: 'POST', headers, body, signal: AbortSignal.timeout(5000) });
      }
    };
    // A webhook that cannot be delivered is lost, so tests show that the reconciler works without it.
    const sent: Promise<void> = send()
      .catch(() => undefined)
      .finally(() => pending.delete(sent));
    pending.add(sent);
  };

  const ledger = new Ledger(notify);
  const confirm = (input: unknown): Answer =>
    random() < switches.failedConfirm
      ? refused(500, 'FAILED_INTERNAL_SYSTEM_PROCESSING')
      : ledger.confirm(input, random() < switches.declined);
  const cancel = (paymentKey: string, input: unknown): Answer =>
    random() < switches.refusedCancel
      ? refused(403, 'NOT_CANCELABLE_PAYMENT')
      : ledger.cancel(paymentKey, input);
  /** Applies the effect once per key, and returns its answer to every repeat. */
  const idempotent = (key: unknown, orderId: string | undefined, effect: () => Answer): Answer => {
    if (typeof key !== 'string' || key.length > 300) return refused(400, 'INVALID_IDEMPOTENCY_KEY');
    if (orderId !== undefined) keys.set(orderId, [...(keys.get(orderId) ?? []), key]);
    const answer = answers.get(key) ?? effect();
    answers.set(key, answer);
    return answer;
  };

  app.addHook('onRequest', async (request, reply) => {
    if (request.url.startsWith('/v1/') && request.headers.authorization !== authorization()) {
      await reply.code(401).send({ code: 'UNAUTHORIZED_KEY', message: 'UNAUTHORIZED_KEY' });
    }
  });
  app.addHook('onSend', async (request, _reply, payload) => {
    if (request.url.startsWith('/v1/')) {
      await sleep(switches.slowMs, undefined, { signal: stopping.signal });
      if (random() < switches.lostAnswer) request.raw.destroy();
    }
    return payload;
  });
  app.post('/v1/payments/confirm', async (request, reply) => {
    const order = z.object({ orderId: orderIdSchema }).safeParse(request.body).data?.orderId;
    const key = request.headers['idempotency-key'];
    const { status, body } = idempotent(key, order, () => confirm(request.body));
    return reply.code(status).send(body);
  });
  app.post<{ Params: { paymentKey: string } }>('/v1/payments/:paymentKey/cancel', async (request, reply) => {
    const { paymentKey } = request.params;
    const key = request.headers['idempotency-key'];
    const { status, body } = idempotent(key, ledger.orderOf(paymentKey), () =>
      cancel(paymentKey, request.body),
    );
    return reply.code(status).send(body);
  });
  app.get<{ Params: { orderId: string } }>('/v1/payments/orders/:orderId', async (request, reply) => {
    const { status, body } = ledger.find(request.params.orderId);
    return reply.code(status).send(body);
  });
  app.get('/v1/transactions', async (request, reply) => {
    const { status, body } = ledger.transactions(request.query);
    return reply.code(status).send(body);
  });
  // The buyer's side: the provider's page and its buttons.
  app.get('/checkout', async (request, reply) => {
    const order = checkoutSchema.parse(request.query);
    return reply.type('text/html; charset=utf-8').send(checkoutPage(order));
  });
  app.get('/checkout/pay', async (request, reply) => {
    const { orderId, amount, successUrl } = checkoutSchema.parse(request.query);
    const target = new URL(successUrl);
    target.searchParams.set('paymentKey', ledger.approve(orderId, amount));
    target.searchParams.set('orderId', orderId);
    target.searchParams.set('amount', String(amount));
    return reply.redirect(target.href);
  });
  app.get('/checkout/cancel', async (request, reply) => {
    const target = new URL(checkoutSchema.parse(request.query).failUrl);
    target.searchParams.set('code', 'PAY_PROCESS_CANCELED');
    return reply.redirect(target.href);
  });
  app.put('/sandbox/switches', async (request) => {
    switches = switchesSchema.parse(request.body);
    return switches;
  });

  const url = await app.listen({ host: '127.0.0.1', port: options.port ?? 0 });
  return {
    url,
    approve: (orderId, amountKrw) => ledger.approve(orderId, amountKrw),
    captureLate: (orderId) => void ledger.capture(orderId),
    cancelAsOperator(orderId, amountKrw) {
      const body = {
        cancelReason: 'by hand',
        ...(amountKrw === undefined ? {} : { cancelAmount: amountKrw }),
      };
      ledger.cancel(ledger.entry(orderId)?.paymentKey ?? '', body);
    },
    keysUsed: (orderId) => keys.get(orderId) ?? [],
    charges: (orderId) => ledger.entry(orderId)?.charges ?? 0,
    keptKrw: (orderId) => ledger.entry(orderId)?.balanceAmount ?? 0,
    set(changes) {
      switches = switchesSchema.parse({ ...switches, ...changes });
    },
    async stop() {
      stopping.abort();
      await app.close();
      await Promise.all(pending);
    },
  };
}
