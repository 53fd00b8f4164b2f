import type { FastifyInstance, FastifyRequest } from 'fastify';
import { parseJson } from '#adapters/json.ts';
import { isWebhookGenuine } from '#adapters/payments/webhook.ts';
import { metrics } from '#contract/metrics.ts';
import { webhookHeaders, webhookSchema } from '#contract/payment-webhook.ts';
import { paymentsApiPrefix } from '#contract/sale-http.ts';
import { UrrError } from '#core/errors.ts';
import { followProviderNotice } from '#core/sale/provider-notice.ts';
import { addressOf } from '../worker-runtime/address.ts';
import { portsOf } from './deps.ts';
import type { WorkerParts } from './worker-parts.ts';

/**
 * The provider's webhooks. The signature covers the raw body, so this route reads text and parses it itself. A webhook
 * only triggers a query to the provider, so a repeated, late or reordered one has no effect of its own.
 */
export function addWebhookRoute(server: FastifyInstance, { deps }: WorkerParts): void {
  void server.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => done(null, body));

    scope.post(`${paymentsApiPrefix}/webhook`, async (request): Promise<{ received: true }> => {
      const retryAfterSeconds = deps.limiter.takeWebhook(addressOf(request, deps.forwardedHops));
      if (retryAfterSeconds > 0)
        throw new UrrError('TOO_MANY_REQUESTS', 'too many requests; please wait, then try again', {
          retryAfterSeconds,
        });
      const body = typeof request.body === 'string' ? request.body : '';
      const secret = await deps.webhookSecret();
      const message = {
        body,
        signature: single(request, webhookHeaders.signature),
        time: single(request, webhookHeaders.time),
      };
      if (secret === undefined || !isWebhookGenuine(secret, message, deps.nowMs())) {
        deps.telemetry.count(metrics.webhookRefused);
        throw new UrrError('FORBIDDEN', 'the signature of the payment provider is missing or invalid');
      }
      const parsed = webhookSchema.safeParse(parseJson(body));
      // Genuine, but of an unused kind: it is acknowledged so that the provider does not repeat it.
      if (!parsed.success) return { received: true };
      await followProviderNotice(portsOf(deps), parsed.data.data.orderId);
      return { received: true };
    });
  });
}

function single(request: FastifyRequest, name: string): string | undefined {
  const value = request.headers[name];
  return typeof value === 'string' ? value : undefined;
}
