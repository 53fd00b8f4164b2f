import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { UrrEvent } from '#contract/event.ts';
import {
  type HoldAnswer,
  holdBodySchema,
  idempotencyKeyHeader,
  idempotencyKeySchema,
  layoutQuery,
  type ReservationAnswer,
  reserveBodySchema,
  seatsApiPrefix,
} from '#contract/sale-http.ts';
import { parseInput } from '#core/parse.ts';

import { cancelHold, extendReservation } from '#core/sale/change.ts';
import { refusal } from '#core/sale/refusals.ts';
import { changed, holdAnswer, requireSale, reservationAnswer } from './answers.ts';

import type { Caller } from './callers.ts';
import { portsOf } from './deps.ts';
import { reserveSeats } from './reserve-seats.ts';
import type { WorkerParts } from './worker-parts.ts';

const querySchema = z.strictObject({
  [layoutQuery]: z.coerce.number().int().min(1).max(1_000_000_000).optional(),
});
/** A revision of a layout never changes. Only shoppers inside may read it, so no shared cache may keep it. */
const layoutCacheControl = 'private, max-age=31536000, immutable';

/** Routes of seats: statuses, layouts and holds. */
export function addSeatRoutes(server: FastifyInstance, { deps, callers, maps }: WorkerParts): void {
  type MapRequest = FastifyRequest<{ Params: { eventId: string } }>;
  server.get(`${seatsApiPrefix}/events/:eventId`, async (request: MapRequest, reply) => {
    const caller = await callers.requireSignedIn(request, 'reading');
    const { event } = await callers.requireShopper(request, caller, request.params.eventId);
    const { layout: revision } = parseInput(querySchema, request.query, 'query');
    if (revision === undefined) return sendStatuses(request, reply, event.eventId);
    const layout = await maps.layout(event.eventId, revision);
    return reply.header('cache-control', layoutCacheControl).send(layout);
  });

  async function sendStatuses(request: FastifyRequest, reply: FastifyReply, eventId: string) {
    const document = await maps.document(eventId);
    reply.header('etag', document.etag).header('vary', 'accept-encoding').header('cache-control', 'no-cache');
    if (request.headers['if-none-match'] === document.etag) return reply.status(304).send();
    reply.type('application/json; charset=utf-8');
    const accepted = String(request.headers['accept-encoding'] ?? '');
    if (/\bgzip\b/.test(accepted)) return reply.header('content-encoding', 'gzip').send(document.gzip);
    return reply.send(document.plain);
  }

  server.post(`${seatsApiPrefix}/reserve`, async (request): Promise<HoldAnswer> => {
    const caller = await callers.requireSignedIn(request, 'booking');
    const eventId = callers.eventIdOf(request);
    const { event, credentials } = await callers.requireShopper(request, caller, eventId);
    const key = parseInput(
      idempotencyKeySchema,
      request.headers[idempotencyKeyHeader],
      `header ${idempotencyKeyHeader}`,
    );
    const body = parseInput(reserveBodySchema, request.body, 'body');
    await callers.requireInside(event, caller, credentials);
    const reservation = await reserveSeats(deps, maps, { event, userId: caller.userId, key, body });
    return holdAnswer(reservation, deps.nowMs());
  });

  /** Returns caller, event and body of a request about a hold that the caller owns. */
  const heldBy = async (
    request: FastifyRequest,
  ): Promise<Caller & { event: UrrEvent; body: { reservationId: string; fence: number } }> => {
    const caller = await callers.requireSignedIn(request, 'booking');
    const body = parseInput(holdBodySchema, request.body, 'body');
    const reservation = await deps.reservations.get(body.reservationId);
    if (reservation === undefined) throw refusal('not-found');
    if (reservation.userId !== caller.userId) throw refusal('not-owner');
    const { event } = await callers.requireShopper(request, caller, reservation.eventId);
    return { ...caller, event, body };
  };

  server.post(`${seatsApiPrefix}/extend`, async (request): Promise<HoldAnswer> => {
    const { userId, event, body } = await heldBy(request);
    requireSale(event, deps.nowMs());
    const extendMs = deps.timings.holdMs;
    const reservation = changed(await extendReservation(portsOf(deps), { ...body, userId, extendMs }));
    return holdAnswer(reservation, deps.nowMs());
  });

  server.post(`${seatsApiPrefix}/release`, async (request): Promise<ReservationAnswer> => {
    const { userId, body } = await heldBy(request);
    const reservation = changed(await cancelHold(portsOf(deps), { ...body, userId }));
    return reservationAnswer(reservation, deps.nowMs());
  });
}
