import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Reservation } from '#contract/sales.ts';
import {
  type MineAnswer,
  mineMax,
  type ReservationAnswer,
  reservationsApiPrefix,
} from '#contract/sales-http.ts';
import { UrrError } from '#core/errors.ts';
import { giveUp } from '#core/sales/change.ts';
import { refundPayment } from '#core/sales/payment.ts';
import { changed, isOver, mineAnswer, notFound, notOwner, reservationAnswer } from './answers.ts';
import type { Caller } from './callers.ts';
import { portsOf } from './deps.ts';
import { forgetEntry } from './forget-entry.ts';
import type { WorkerRoom } from './room.ts';

type Request = FastifyRequest<{ Params: { id: string } }>;

/** The buyer's own reservations. */
export function addReservationRoutes(server: FastifyInstance, { deps, callers }: WorkerRoom): void {
  const own = async (request: Request, caller: Caller): Promise<Reservation> => {
    const id = z.uuid().safeParse(request.params.id);
    const reservation = id.success ? await deps.reservations.get(id.data) : undefined;
    if (reservation === undefined) throw notFound();
    if (reservation.userId !== caller.userId) throw notOwner();
    return reservation;
  };

  server.get(`${reservationsApiPrefix}/mine`, async (request): Promise<MineAnswer> => {
    const caller = await callers.signedIn(request, 'reading');
    const reservations = await deps.reservations.listOfUser(caller.userId, mineMax);
    return mineAnswer(reservations, deps.nowMs());
  });

  server.get(`${reservationsApiPrefix}/:id`, async (request: Request): Promise<ReservationAnswer> => {
    const caller = await callers.signedIn(request, 'reading');
    return reservationAnswer(await own(request, caller), deps.nowMs());
  });

  server.post(
    `${reservationsApiPrefix}/:id/cancel`,
    async (request: Request, reply): Promise<ReservationAnswer> => {
      const caller = await callers.signedIn(request, 'payment');
      const reservation = await own(request, caller);
      const { reservationId, eventId } = reservation;
      await callers.requireNoForeignToken(request, caller, eventId);
      const outcome = await giveUp(portsOf(deps), { reservationId, userId: caller.userId });
      const isPaid = outcome.outcome === 'over' && outcome.reservation.orderId !== undefined;
      const after = isPaid ? await giveBack(outcome.reservation) : changed(outcome);
      callers.leave(caller, eventId);
      forgetEntry(reply, eventId);
      return reservationAnswer(after, deps.nowMs());
    },
  );

  /** A paid one: the money goes back first in writing, then the seats, then at the provider. */
  async function giveBack({ reservationId, orderId, userId, state }: Reservation): Promise<Reservation> {
    if (orderId === undefined) throw isOver({ state });
    try {
      const refund = await refundPayment(portsOf(deps), { orderId, userId });
      if (refund.outcome === 'not-paid') throw new UrrError('CONFLICT', 'the payment is not settled yet');
    } catch (error) {
      // The provider does not answer: the reconciler goes on with what was written down.
      if (!(error instanceof UrrError) || error.code !== 'UNAVAILABLE') throw error;
      deps.telemetry.warn('a refund is left to the reconciler', { reservationId });
    }
    const after = await deps.reservations.get(reservationId);
    if (after === undefined) throw notFound();
    if (after.state !== 'cancelled')
      throw new UrrError('UNAVAILABLE', 'the refund is under way', { retryAfterSeconds: 2 });
    return after;
  }
}
