import type { UrrEvent } from '#contract/event.ts';
import { metrics } from '#contract/metrics.ts';
import type { Reservation } from '#contract/sale.ts';
import type { ReserveBody } from '#contract/sale-http.ts';
import { UrrError } from '#core/errors.ts';
import { seatsPerAccountOf } from '#core/sale/account-seats.ts';
import { bestAvailable } from '#core/sale/best-available.ts';
import { reservationIdOf } from '#core/sale/ids.ts';
import { termsOf } from '#core/sale/refund-terms.ts';
import { refusal } from '#core/sale/refusals.ts';
import { wasNeverPending } from '#core/sale/reservation.ts';
import { type ReserveOutcome, reserve } from '#core/sale/reserve.ts';
import { requireSale } from './answers.ts';
import { portsOf, type SeatLockDeps } from './deps.ts';
import { sha256Base64url, sha256Hex } from './hash.ts';
import type { SeatMaps } from './seat-maps.ts';

/** Groups of seats tried for one "best available" before the response is SEATS_TAKEN. */
const triesMax = 12;
/** Groups to choose from at random after a conflict, so that simultaneous buyers try different seats. */
const blocksMax = 32;

interface Wish {
  readonly event: UrrEvent;
  readonly userId: string;
  readonly key: string;
  readonly body: ReserveBody;
}

/**
 * Reserves the requested seats, once per Idempotency-Key. A repeat returns the reservation, also one that has ended.
 *
 * @throws UrrError BAD_REQUEST, SEATS_PER_ACCOUNT, SALE_ENDED, SEATS_TAKEN, RESERVATION_OVER, KEY_REUSED, TOO_MANY_REQUESTS, NOT_FOUND (no layout)
 */
export async function reserveSeats(deps: SeatLockDeps, maps: SeatMaps, wish: Wish): Promise<Reservation> {
  requireOpen(wish.event, deps.nowMs());
  const count = 'seatIds' in wish.body ? wish.body.seatIds.length : wish.body.bestAvailable.count;
  if (count > wish.event.seatsPerOrder)
    throw new UrrError('BAD_REQUEST', `an order may have at most ${wish.event.seatsPerOrder} seats`, {
      details: { seatsPerOrder: wish.event.seatsPerOrder },
    });
  const reservation =
    'seatIds' in wish.body
      ? await reserveNamed(deps, maps, wish, wish.body.seatIds)
      : await reserveBest(deps, maps, wish, wish.body.bestAvailable);
  await maps.markTaken(wish.event.eventId, reservation.seatIds);
  return reservation;
}

/** Checks the hours of the sale, which apply also without a waiting room. */
function requireOpen(event: UrrEvent, nowMs: number): void {
  if (event.onSale === undefined) throw new UrrError('CONFLICT', 'the sale of this event is closed');
  requireSale(event, nowMs);
  if (event.opensAt !== undefined && nowMs < Date.parse(event.opensAt))
    throw new UrrError('CONFLICT', 'the sale is not open yet; try again when it opens', {
      details: { opensAt: event.opensAt },
    });
}

async function reserveNamed(
  deps: SeatLockDeps,
  maps: SeatMaps,
  wish: Wish,
  seatIds: readonly string[],
): Promise<Reservation> {
  const index = await maps.index(wish.event.eventId);
  const unknown = seatIds.filter((seatId) => index.placeOf(seatId) === undefined);
  if (unknown.length > 0)
    throw new UrrError('BAD_REQUEST', 'some of these seats do not exist; read the layout again', {
      details: { seatIds: unknown },
    });
  if (new Set(seatIds).size < seatIds.length)
    throw new UrrError('BAD_REQUEST', 'a seat is named twice; name each seat once');
  // The same seats in another order are the same request.
  const body = { seatIds: [...seatIds].sort() };
  const outcome = await attempt(deps, wish, body, 0, seatIds, index.amountsKrw(seatIds));
  if (outcome.outcome === 'taken') {
    await maps.markTaken(wish.event.eventId, outcome.seatIds);
    throw taken(outcome.seatIds);
  }
  const { reservation } = outcome;
  if (wasNeverPending(reservation)) throw refusal('ended', { details: { state: reservation.state } });
  return reservation;
}

async function reserveBest(
  deps: SeatLockDeps,
  maps: SeatMaps,
  wish: Wish,
  best: { count: number; section?: string | undefined; grade?: string | undefined },
): Promise<Reservation> {
  const { eventId } = wish.event;
  const body = { bestAvailable: best };
  for (let tries = 0, attempts = 0; tries < triesMax; tries++) {
    const { index, isFree } = await maps.freeSeats(eventId);
    const blocks = bestAvailable(index, isFree, best, deps.random(), blocksMax);
    const block = blocks[tries === 0 ? 0 : Math.floor(deps.random() * blocks.length)];
    if (block === undefined) {
      // No seat is free, but this key may already have its seats.
      const known = await knownOf(deps, wish, body, attempts);
      if (known !== undefined) return known;
      throw taken([]);
    }
    const outcome = await attempt(deps, wish, body, attempts, block, index.amountsKrw(block));
    if (outcome.outcome === 'taken') {
      await maps.markTaken(eventId, outcome.seatIds.length > 0 ? outcome.seatIds : block);
      continue;
    }
    if (!wasNeverPending(outcome.reservation)) return outcome.reservation;
    // The stored attempt lost its seats to another buyer and cannot be repeated. The next attempt has its own id.
    attempts++;
  }
  throw taken([]);
}

type Attempted = Extract<ReserveOutcome, { outcome: 'reserved' | 'ended' | 'taken' }>;

async function attempt(
  deps: SeatLockDeps,
  wish: Wish,
  body: ReserveBody,
  attempts: number,
  seatIds: readonly string[],
  seatAmountsKrw: readonly number[],
): Promise<Attempted> {
  const { event, userId, key } = wish;
  const outcome = await reserve(portsOf(deps), {
    reservationId: reservationIdOf(sha256Hex, { eventId: event.eventId, userId, key, attempt: attempts }),
    requestHash: requestHash(body),
    eventId: event.eventId,
    userId,
    seatIds,
    seatAmountsKrw,
    seatsPerAccount: seatsPerAccountOf(event),
    terms: termsOf(event),
    holdMs: deps.timings.holdMs,
    holdMsMax: deps.timings.holdMsMax,
  });
  switch (outcome.outcome) {
    case 'key-reused':
      throw refusal('key-reused');
    case 'cooling-down':
    case 'too-many': {
      const { outcome: reason, retryAfterSeconds } = outcome;
      throw refusal(reason, { retryAfterSeconds, details: { reason } });
    }
    case 'account-full':
      throw refusal('account-full', {
        details: { seatsPerAccount: seatsPerAccountOf(event), left: outcome.left },
      });
    case 'reserved':
      deps.telemetry.count(metrics.reserved);
      return outcome;
    default:
      return outcome;
  }
}

async function knownOf(deps: SeatLockDeps, wish: Wish, body: ReserveBody, attempts: number) {
  const { event, userId, key } = wish;
  const id = reservationIdOf(sha256Hex, { eventId: event.eventId, userId, key, attempt: attempts });
  const known = await deps.reservations.get(id);
  if (known === undefined || wasNeverPending(known) || known.state === 'claiming') return undefined;
  if (known.requestHash !== requestHash(body)) throw refusal('key-reused');
  return known;
}

const requestHash = (body: ReserveBody) => sha256Base64url(JSON.stringify(body));
const taken = (seatIds: readonly string[]) => refusal('taken', { details: { seatIds } });
