import { PutSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTossPayments } from '#adapters/payments/toss.ts';
import { signWebhook } from '#adapters/payments/webhook.ts';
import { webhookHeaders } from '#contract/payment-webhook.ts';
import { clientOptions } from '#local/resources/clients.ts';
import { type RunningSystem, startSystem } from '#local/system.ts';
import { environmentOf } from '../../support/servers/processes.ts';

let system: RunningSystem;
beforeAll(async () => {
  system = await startSystem({ quiet: true, stateFile: false });
});
afterAll(() => system?.stop());

/** Returns the variables of the running sale worker. */
async function saleEnvironment(): Promise<Readonly<Record<string, string | undefined>>> {
  const [pid] = system.servicePids('urr-dev-seat-lock');
  if (pid === undefined) throw new Error('no seat-lock worker runs');
  return environmentOf(pid);
}

async function secretOf(variable: string): Promise<string> {
  const address = `${system.endpoints.secretsManager}/`;
  const answer = await fetch(address, {
    method: 'POST',
    headers: { 'x-amz-target': 'secretsmanager.GetSecretValue' },
    body: JSON.stringify({ SecretId: (await saleEnvironment())[variable] }),
  });
  return String(Object(await answer.json()).SecretString);
}

async function sendWebhook(secret: string): Promise<number> {
  const time = new Date().toISOString();
  const data = { orderId: 'order-of-nobody', paymentKey: 'none', status: 'DONE' };
  const body = JSON.stringify({ eventType: 'PAYMENT_STATUS_CHANGED', createdAt: time, data });
  const answer = await fetch(`${system.url}/api/v1/payments/webhook`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      [webhookHeaders.time]: time,
      [webhookHeaders.signature]: signWebhook(secret, body, time),
    },
    body,
  });
  return answer.status;
}

describe('the payment sandbox', () => {
  it('replaces the provider and its page in the variables of the templates', async () => {
    const { PAYMENT_URL, PAYMENT_CHECKOUT_URL } = await saleEnvironment();
    expect(PAYMENT_URL).toBe(system.payments.url);
    expect(PAYMENT_CHECKOUT_URL).toBe(`${system.payments.url}/checkout`);
  });

  it('accepts only the secret key that the templates generate', async () => {
    const { url } = system.payments;
    const ask = (secretKey: string) =>
      fetch(`${url}/v1/payments/orders/unknown-order`, {
        headers: { authorization: `Basic ${Buffer.from(`${secretKey}:`).toString('base64')}` },
      });
    expect((await ask('somebody')).status).toBe(401);
    expect((await ask(await secretOf('PAYMENT_SECRET'))).status).toBe(404);

    const toss = createTossPayments({ url, secretKey: await secretOf('PAYMENT_SECRET') });
    const paymentKey = system.payments.approve('order-at-the-provider', 50_000);
    const order = { orderId: 'order-at-the-provider', paymentKey, amountKrw: 50_000, idempotencyKey: 'one' };
    expect(await toss.confirm(order)).toMatchObject({ state: 'approved', amountKrw: 50_000 });
    expect(system.payments.keptKrw(order.orderId)).toBe(50_000);
  });

  it('reaches the sale by the public address with its signature; a wrong signature is refused', async () => {
    expect(await sendWebhook(await secretOf('PAYMENT_WEBHOOK_SECRET'))).toBe(200);
    expect(await sendWebhook('a guess')).toBe(403);
  });

  it('uses a new key as soon as the operator stores it', async () => {
    const client = new SecretsManagerClient(clientOptions(system.endpoints.secretsManager, 'ap-northeast-2'));
    await client.send(
      new PutSecretValueCommand({
        SecretId: (await saleEnvironment()).PAYMENT_SECRET,
        SecretString: 'the-next-key',
      }),
    );
    client.destroy();
    const answer = await fetch(`${system.payments.url}/v1/payments/orders/unknown-order`, {
      headers: { authorization: `Basic ${Buffer.from('the-next-key:').toString('base64')}` },
    });
    expect(answer.status).toBe(404);
  });
});
