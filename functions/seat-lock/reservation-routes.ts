import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Reservation } from '#contract/sale.ts';
import {
  cancelBodySchema,
  type MineAnswer,
  mineMax,
  type ReservationAnswer,
  reservationsApiPrefix,
} from '#contract/sale-http.ts';
import { UrrError } from '#core/errors.ts';
import { parseInput } from '#core/parse.ts';
import { cancelHold } from '#core/sale/change.ts';
import { refundNow } from '#core/sale/refund-quote.ts';
import { refusal } from '#core/sale/refusals.ts';
import { priceOf } from '#core/sale/release-and-refund.ts';
import { hasReleased, ownedSeatIds } from '#core/sale/reservation.ts';
import { changed, mineAnswer, reservationAnswer } from './answers.ts';
import type { Caller } from './callers.ts';
import { clearEntryCookie } from './clear-entry-cookie.ts';
import { portsOf } from './deps.ts';
import { refund } from './refund.ts';
import type { WorkerParts } from './worker-parts.ts';

type Request = FastifyRequest<{ Params: { id: string } }>;

/** Routes of the buyer's own reservations. */
export function addReservationRoutes(server: FastifyInstance, { deps, callers }: WorkerParts): void {
  const own = async (request: Request, caller: Caller): Promise<Reservation> => {
    const id = z.uuid().safeParse(request.params.id);
    const reservation = id.success ? await deps.reservations.get(id.data) : undefined;
    if (reservation === undefined) throw refusal('not-found');
    if (reservation.userId !== caller.userId) throw refusal('not-owner');
    return reservation;
  };

  server.get(`${reservationsApiPrefix}/mine`, async (request): Promise<MineAnswer> => {
    const caller = await callers.requireSignedIn(request, 'reading');
    const reservations = await deps.reservations.listOfUser(caller.userId, mineMax);
    return mineAnswer(reservations, deps.nowMs());
  });

  server.get(`${reservationsApiPrefix}/:id`, async (request: Request): Promise<ReservationAnswer> => {
    const caller = await callers.requireSignedIn(request, 'reading');
    return detail(await own(request, caller));
  });

  server.post(
    `${reservationsApiPrefix}/:id/cancel`,
    async (request: Request, reply): Promise<ReservationAnswer> => {
      const caller = await callers.requireSignedIn(request, 'payment');
      const reservation = await own(request, caller);
      const { eventId } = reservation;
      const { seatIds, refundKrw } = parseInput(cancelBodySchema, request.body ?? {}, 'body');
      await callers.requireNoForeignToken(request, caller, eventId);
      const after = isPaid(reservation)
        ? await releaseAndRefund(reservation, seatIds, refundKrw)
        : await end(reservation, seatIds);
      if (after.state === 'cancelled') {
        callers.leave(caller, eventId);
        clearEntryCookie(reply, eventId);
      }
      return detail(after);
    },
  );

  /** Adds the current refund of the remaining seats. */
  async function detail(reservation: Reservation): Promise<ReservationAnswer> {
    const answer = reservationAnswer(reservation, deps.nowMs());
    if (reservation.state !== 'confirmed') return answer;
    const seatIds = ownedSeatIds(reservation);
    const seatAmountsKrw = seatIds.map((seatId) => priceOf(reservation, [seatId]));
    const event = await callers.findEvent(reservation.eventId);
    return { ...answer, refund: refundNow({ reservation, seatIds, seatAmountsKrw }, event, deps.nowMs()) };
  }

  /** Ends an unpaid reservation as a whole. It may become paid at the same moment. */
  async function end(reservation: Reservation, seatIds: readonly string[] | undefined): Promise<Reservation> {
    if (seatIds !== undefined)
      throw new UrrError(
        'CONFLICT',
        'single seats can be cancelled only after payment; cancel the whole reservation',
      );
    const { reservationId, userId } = reservation;
    const outcome = await cancelHold(portsOf(deps), { reservationId, userId });
    return outcome.outcome === 'ended' && isPaid(outcome.reservation)
      ? // The buyer was shown no fee: the full amount is refunded, or the buyer must consent to a fee.
        releaseAndRefund(outcome.reservation, undefined, outcome.reservation.amountKrw)
      : changed(outcome);
  }

  /** Cancels a paid reservation: stores the refund first, then releases the seats, then returns the money. */
  async function releaseAndRefund(
    { reservationId, eventId, orderId = '', userId }: Reservation,
    seatIds: readonly string[] | undefined,
    shownKrw: number | undefined,
  ): Promise<Reservation> {
    await refund({ deps, callers }, { eventId, orderId, userId, seatIds, shownKrw });
    const after = await deps.reservations.get(reservationId);
    if (after === undefined) throw refusal('not-found');
    const isFree = seatIds?.every((seatId) => hasReleased(after, seatId)) ?? after.state === 'cancelled';
    if (!isFree)
      throw new UrrError('UNAVAILABLE', 'the refund has not finished yet; please try again', {
        retryAfterSeconds: 2,
      });
    return after;
  }
}

/** True also for a refunded reservation, so a repeat returns its current state. */
const isPaid = ({ orderId }: Reservation) => orderId !== undefined;
