import { createHmac, randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import Fastify from 'fastify';
import { z } from 'zod';
import { webhookHeaders } from '#contract/payment-webhook.ts';
import { checkoutPage } from './checkout-page.ts';

/**
 * A payment provider on this machine that speaks Toss Payments' API, so the adapter that runs here is the one that runs
 * on AWS. It keeps its payments in memory, and misbehaves on demand.
 */
export interface Sandbox {
  readonly url: string;
  /** Money taken and not given back, per order; for tests that compare it with the reservations. */
  keptKrw(orderId: string): number;
  /** How often money was really taken for an order. */
  charges(orderId: string): number;
  /** As the buyer's click on the provider's page does. */
  approve(orderId: string, amountKrw: number): string;
  set(switches: Partial<Switches>): void;
  stop(): Promise<void>;
}

export const switchesSchema = z.strictObject({
  /** Every answer takes this much longer. */
  slowMs: z.int().min(0).max(60_000).default(0),
  /** Share of confirms that are declined. */
  declined: z.number().min(0).max(1).default(0),
  /** Share of answers that are lost after the effect: the connection is cut. */
  lostAnswer: z.number().min(0).max(1).default(0),
  /** Share of webhooks sent twice. */
  duplicated: z.number().min(0).max(1).default(0),
  /** Webhooks come this much later. */
  lateWebhookMs: z.int().min(0).max(600_000).default(0),
});
export type Switches = z.infer<typeof switchesSchema>;

interface Record {
  readonly paymentKey: string;
  readonly orderId: string;
  readonly totalAmount: number;
  readonly approvedAtMs: number;
  status: 'IN_PROGRESS' | 'DONE' | 'CANCELED' | 'ABORTED' | 'EXPIRED';
  charges: number;
}

/** As at Toss: an approval that is not confirmed within ten minutes is void. */
const sessionMs = 10 * 60_000;

const confirmSchema = z.object({
  paymentKey: z.string().max(200),
  orderId: z.string().regex(/^[A-Za-z0-9_-]{6,64}$/),
  amount: z.int().min(0),
});
const checkoutSchema = z.object({
  orderId: confirmSchema.shape.orderId,
  amount: z.coerce.number().int().min(0),
  successUrl: z.url(),
  failUrl: z.url(),
  language: z.enum(['ko', 'en']).default('ko'),
});

export interface SandboxOptions {
  readonly port?: number;
  /** The shop's key. A function is asked at each call: the secret may be made later than the sandbox, or be turned. */
  readonly secretKey: string | (() => string);
  readonly webhook?: { readonly url: string; readonly secret: string | (() => string) };
  readonly random?: () => number;
}

const currentValue = (secret: string | (() => string)) => (typeof secret === 'string' ? secret : secret());

export async function startSandbox(options: SandboxOptions): Promise<Sandbox> {
  const random = options.random ?? Math.random;
  const payments = new Map<string, Record>();
  const answers = new Map<string, { status: number; body: object }>();
  const pending = new Set<Promise<void>>();
  const stopping = new AbortController();
  let switches = switchesSchema.parse({});
  const authorization = () =>
    `Basic ${Buffer.from(`${currentValue(options.secretKey)}:`).toString('base64')}`;
  const app = Fastify({ forceCloseConnections: true });

  const approve = (orderId: string, totalAmount: number) => {
    const paymentKey = `sandbox_${randomUUID()}`;
    payments.set(orderId, {
      paymentKey,
      orderId,
      totalAmount,
      approvedAtMs: Date.now(),
      status: 'IN_PROGRESS',
      charges: 0,
    });
    return paymentKey;
  };
  const shown = ({ charges: _charges, approvedAtMs: _at, ...payment }: Record) => ({
    version: '2022-11-16',
    currency: 'KRW',
    ...payment,
  });
  const refused = (status: number, code: string) => ({ status, body: { code, message: code } });

  const notify = (record: Record) => {
    const { webhook } = options;
    if (webhook === undefined) return;
    const data = { paymentKey: record.paymentKey, orderId: record.orderId, status: record.status };
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
    // A webhook that cannot be delivered is lost here; the reconciler must not need it.
    const sent: Promise<void> = send()
      .catch(() => undefined)
      .finally(() => pending.delete(sent));
    pending.add(sent);
  };

  const confirm = (input: unknown) => {
    const parsed = confirmSchema.safeParse(input);
    if (!parsed.success) return refused(400, 'INVALID_REQUEST');
    const { orderId, paymentKey, amount } = parsed.data;
    const record = payments.get(orderId);
    if (record?.paymentKey !== paymentKey) return refused(404, 'NOT_FOUND_PAYMENT_SESSION');
    if (record.status !== 'IN_PROGRESS') return refused(400, 'ALREADY_PROCESSED_PAYMENT');
    if (record.totalAmount !== amount) return refused(400, 'INVALID_REQUEST');
    if (Date.now() - record.approvedAtMs > sessionMs) {
      record.status = 'EXPIRED';
      return refused(404, 'NOT_FOUND_PAYMENT_SESSION');
    }
    if (random() < switches.declined) {
      record.status = 'ABORTED';
      notify(record);
      return refused(403, 'REJECT_CARD_PAYMENT');
    }
    record.status = 'DONE';
    record.charges++;
    notify(record);
    return { status: 200, body: shown(record) };
  };
  const cancel = (paymentKey: string) => {
    const record = [...payments.values()].find((payment) => payment.paymentKey === paymentKey);
    if (record === undefined) return refused(404, 'NOT_FOUND_PAYMENT');
    if (record.status === 'CANCELED') return refused(400, 'ALREADY_CANCELED_PAYMENT');
    if (record.status !== 'DONE') return refused(403, 'NOT_CANCELABLE_PAYMENT');
    record.status = 'CANCELED';
    notify(record);
    return { status: 200, body: shown(record) };
  };
  /** The same key, the same answer, and the effect once. */
  const idempotent = (key: unknown, effect: () => { status: number; body: object }) => {
    if (typeof key !== 'string' || key.length > 300) return refused(400, 'INVALID_IDEMPOTENCY_KEY');
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
    const { status, body } = idempotent(request.headers['idempotency-key'], () => confirm(request.body));
    return reply.code(status).send(body);
  });
  app.post<{ Params: { paymentKey: string } }>('/v1/payments/:paymentKey/cancel', async (request, reply) => {
    const { status, body } = idempotent(request.headers['idempotency-key'], () =>
      cancel(request.params.paymentKey),
    );
    return reply.code(status).send(body);
  });
  app.get<{ Params: { orderId: string } }>('/v1/payments/orders/:orderId', async (request, reply) => {
    const record = payments.get(request.params.orderId);
    if (record === undefined)
      return reply.code(404).send({ code: 'NOT_FOUND_PAYMENT', message: 'NOT_FOUND_PAYMENT' });
    return shown(record);
  });
  // The buyer's side: the provider's own page, and what its buttons do.
  app.get('/checkout', async (request, reply) => {
    const order = checkoutSchema.parse(request.query);
    return reply.type('text/html; charset=utf-8').send(checkoutPage(order));
  });
  app.get('/checkout/pay', async (request, reply) => {
    const { orderId, amount, successUrl } = checkoutSchema.parse(request.query);
    const target = new URL(successUrl);
    target.searchParams.set('paymentKey', approve(orderId, amount));
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
    approve,
    charges: (orderId) => payments.get(orderId)?.charges ?? 0,
    keptKrw(orderId) {
      const record = payments.get(orderId);
      return record?.status === 'DONE' ? record.totalAmount : 0;
    },
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
