import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createTossPayments } from '#adapters/payments/toss.ts';
import { isWebhookGenuine, signWebhook } from '#adapters/payments/webhook.ts';
import { webhookHeaders } from '#contract/payment-webhook.ts';
import { type Sandbox, startSandbox } from '#local/payments/sandbox.ts';
import { eventually } from '../../support/time/patience.ts';
import { patienceMs } from '../../support/time/patience-ms.ts';

const secretKey = 'test_sk_sandbox';
let sandbox: Sandbox;
const adapter = () => createTossPayments({ url: sandbox.url, secretKey, timeoutMs: patienceMs });
const anOrder = (amountKrw = 120_000) => {
  const orderId = randomUUID();
  return {
    orderId,
    amountKrw,
    paymentKey: sandbox.approve(orderId, amountKrw),
    idempotencyKey: `key-${orderId}`,
  };
};

beforeEach(async () => {
  sandbox = await startSandbox({ secretKey });
});
afterEach(() => sandbox.stop());

describe('a payment', () => {
  test('is charged once, however often it is confirmed', async () => {
    const order = anOrder();
    const answers = await Promise.all(Array.from({ length: 10 }, () => adapter().confirm(order)));
    for (const answer of answers)
      expect(answer).toMatchObject({ state: 'approved', amountKrw: order.amountKrw });
    expect(sandbox.charges(order.orderId)).toBe(1);
  });

  test('whose response is lost is queried again and charged once', async () => {
    const order = anOrder();
    sandbox.set({ lostAnswer: 0.6 });
    let state = '';
    for (let attempt = 0; attempt < 50 && state !== 'approved'; attempt++) {
      state = await adapter()
        .confirm(order)
        .then(
          (answer) => answer.state,
          (error) => error.code,
        );
      expect(['approved', 'UNAVAILABLE']).toContain(state);
    }
    expect(state).toBe('approved');
    expect(sandbox.charges(order.orderId)).toBe(1);
  });

  test('that the provider refuses is declined, and no money is kept', async () => {
    const order = anOrder();
    sandbox.set({ declined: 1 });
    expect(await adapter().confirm(order)).toEqual({ state: 'declined' });
    sandbox.set({ declined: 0 });
    expect(await adapter().confirm(order)).toEqual({ state: 'declined' });
    expect(sandbox.keptKrw(order.orderId)).toBe(0);
  });

  test('is refunded once, however often it is cancelled', async () => {
    const order = anOrder();
    await adapter().confirm(order);
    for (let round = 0; round < 3; round++) {
      expect((await adapter().cancel({ ...order, idempotencyKey: 'back', reason: 'test' })).state).toBe(
        'cancelled',
      );
    }
    expect(sandbox.keptKrw(order.orderId)).toBe(0);
  });

  test('of another amount than the buyer approved is not charged', async () => {
    const order = anOrder();
    expect(await adapter().confirm({ ...order, amountKrw: 1 })).toEqual({ state: 'declined' });
    expect(sandbox.charges(order.orderId)).toBe(0);
  });

  test('is unknown if the provider has no record of it', async () => {
    expect(await adapter().query(randomUUID())).toEqual({ state: 'unknown' });
  });

  test('is undecided, not declined, when the shop’s key is wrong', async () => {
    const order = anOrder();
    const wrong = createTossPayments({ url: sandbox.url, secretKey: 'wrong' });
    expect(await wrong.confirm(order)).toEqual({ state: 'in-progress' });
  });

  test('at a provider that responds too slowly is UNAVAILABLE, and a later query finds it', async () => {
    const order = anOrder();
    sandbox.set({ slowMs: 60_000 });
    const hasty = createTossPayments({ url: sandbox.url, secretKey, timeoutMs: 50 });
    // On a busy machine a request may time out before it reaches the provider.
    await eventually(async () => {
      await expect(hasty.confirm(order)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
      expect(sandbox.charges(order.orderId)).toBe(1);
    });
    sandbox.set({ slowMs: 0 });
    expect((await adapter().query(order.orderId)).state).toBe('approved');
  });
});

describe('a webhook', () => {
  test('is signed over body and time; another body, time, key or age is refused', () => {
    const nowMs = Date.now();
    const time = new Date(nowMs).toISOString();
    const body = '{"a":1}';
    const signature = signWebhook('key', body, time);
    const genuine = (message: object, atMs = nowMs) =>
      isWebhookGenuine('key', { body, signature, time, ...message }, atMs);
    expect(genuine({})).toBe(true);
    expect(genuine({ signature: `v1:old,${signature}` })).toBe(true);
    expect(genuine({ body: '{"a":2}' })).toBe(false);
    expect(genuine({ time: new Date(nowMs + 1000).toISOString() })).toBe(false);
    expect(genuine({ signature: undefined })).toBe(false);
    expect(genuine({ time: 'soon' })).toBe(false);
    expect(genuine({}, nowMs + 6 * 60_000)).toBe(false);
    expect(isWebhookGenuine('other', { body, signature, time }, nowMs)).toBe(false);
  });

  test('reaches the shop signed, for a payment and for its refund', async () => {
    const seen: { body: string; isGenuine: boolean }[] = [];
    const shop = createServer(async (request, response) => {
      let body = '';
      for await (const chunk of request) body += chunk;
      const header = (name: string) => String(request.headers[name]);
      const message = {
        body,
        signature: header(webhookHeaders.signature),
        time: header(webhookHeaders.time),
      };
      seen.push({ body, isGenuine: isWebhookGenuine('hook', message, Date.now()) });
      response.end();
    });
    await new Promise<void>((resolve) => shop.listen(0, '127.0.0.1', resolve));
    const { port } = shop.address() as AddressInfo;
    const webhook = { url: `http://127.0.0.1:${port}/`, secret: 'hook' };
    const signed = await startSandbox({ secretKey, webhook });
    try {
      const orderId = randomUUID();
      const paymentKey = signed.approve(orderId, 5000);
      const order = { orderId, amountKrw: 5000, paymentKey, idempotencyKey: 'one' };
      const provider = createTossPayments({ url: signed.url, secretKey });
      await provider.confirm(order);
      await provider.cancel({ orderId, paymentKey, idempotencyKey: 'two', reason: 'test' });
      await expect.poll(() => seen.length).toBe(2);
      expect(seen.every(({ isGenuine, body }) => isGenuine && body.includes(orderId))).toBe(true);
    } finally {
      await signed.stop();
      shop.close();
    }
  });
});
