import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { metrics } from '#contract/metrics.ts';
import {
  confirmBodySchema,
  holdBodySchema,
  type PaymentAnswer,
  type PrepareAnswer,
  paymentsApiPrefix,
} from '#contract/sale-http.ts';
import { parseInput } from '#core/parse.ts';
import { type ConfirmOutcome, confirmOrWait } from '#core/sale/payment.ts';
import { isUnsettled } from '#core/sale/payment-life.ts';
import { preparePayment } from '#core/sale/prepare.ts';
import { refusal } from '#core/sale/refusals.ts';
import { paymentAnswer, requireSale } from './answers.ts';
import type { Caller } from './callers.ts';
import { checkoutOf } from './checkout.ts';
import { clearEntryCookie } from './clear-entry-cookie.ts';
import { portsOf } from './deps.ts';
import { sha256Hex } from './hash.ts';
import { refund } from './refund.ts';
import type { WorkerParts } from './worker-parts.ts';

/** Routes of payments. */
export function addPaymentRoutes(server: FastifyInstance, { deps, callers }: WorkerParts): void {
  server.post(`${paymentsApiPrefix}/prepare`, async (request): Promise<PrepareAnswer> => {
    const caller = await callers.requireSignedIn(request, 'payment');
    const body = parseInput(holdBodySchema, request.body, 'body');
    const reserved = await deps.reservations.get(body.reservationId);
    if (reserved === undefined) throw refusal('not-found');
    if (reserved.userId !== caller.userId) throw refusal('not-owner');
    const { event } = await callers.requireShopper(request, caller, reserved.eventId);
    const ports = { ...portsOf(deps), sha256: sha256Hex };
    const outcome = await preparePayment(ports, { ...body, userId: caller.userId });
    switch (outcome.outcome) {
      case 'prepared': {
        const { payment, reservation } = outcome;
        // A payment under way was started in time and continues; a new one is not started after the end of the sale.
        requireSale(event, deps.nowMs());
        return {
          orderId: payment.orderId,
          reservationId: reservation.reservationId,
          amountKrw: payment.amountKrw,
          expiresAtMs: reservation.expiresAtMs,
          serverTimeMs: deps.nowMs(),
          checkout: checkoutOf(deps, event, payment),
        };
      }
      case 'ended':
        throw refusal('ended', { details: { state: outcome.reservation.state } });
      case 'in-progress':
        throw refusal('in-progress', { details: paymentAnswer(outcome.payment) });
      default:
        throw refusal(outcome.outcome);
    }
  });

  server.post(`${paymentsApiPrefix}/confirm`, async (request, reply): Promise<PaymentAnswer> => {
    const caller = await callers.requireSignedIn(request, 'payment');
    const body = parseInput(confirmBodySchema, request.body, 'body');
    const known = await deps.payments.get(body.orderId);
    if (known === undefined) throw refusal('not-found');
    if (known.userId === caller.userId) {
      await callers.requireNoForeignToken(request, caller, known.eventId);
      const event = known.state === 'prepared' ? await callers.findEvent(known.eventId) : undefined;
      // The provider has not been called yet. After the call the payment continues, whatever the time.
      if (event !== undefined) requireSale(event, deps.nowMs());
    }
    const outcome = await confirmOrWait(portsOf(deps), { ...body, userId: caller.userId });
    return answerConfirm(outcome, caller, reply);
  });

  async function answerConfirm(
    outcome: ConfirmOutcome,
    caller: Caller,
    reply: FastifyReply,
  ): Promise<PaymentAnswer> {
    switch (outcome.outcome) {
      case 'confirmed':
        deps.telemetry.count(metrics.sales);
        callers.leave(caller, outcome.payment.eventId);
        clearEntryCookie(reply, outcome.payment.eventId);
        return paymentAnswer(outcome.payment);
      case 'in-progress':
        reply.status(202);
        return paymentAnswer(outcome.payment);
      case 'declined':
        throw refusal('declined', { details: paymentAnswer(outcome.payment) });
      case 'refunding':
      case 'refunded':
        throw refusal('ended', { details: { payment: outcome.outcome } });
      case 'reservation-ended':
        throw refusal('ended', { details: {} });
      default:
        throw refusal(outcome.outcome);
    }
  }

  type RefundRequest = FastifyRequest<{ Params: { orderId: string } }>;
  server.post(
    `${paymentsApiPrefix}/:orderId/refund`,
    async (request: RefundRequest, reply): Promise<PaymentAnswer> => {
      const caller = await callers.requireSignedIn(request, 'payment');
      const { orderId } = request.params;
      const known = await deps.payments.get(orderId);
      if (known === undefined) throw refusal('not-found');
      if (known.userId !== caller.userId) throw refusal('not-owner');
      await callers.requireNoForeignToken(request, caller, known.eventId);
      const payment = await refund(
        { deps, callers },
        { eventId: known.eventId, orderId, userId: caller.userId },
      );
      if (isUnsettled(payment.state)) reply.status(202);
      return paymentAnswer(payment);
    },
  );
}
