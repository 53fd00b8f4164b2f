import type { Reservation } from '#contract/sale.ts';
import { UnreadableItemError } from '../errors.ts';
import type { ReservationStore, SeatHolder, SeatOwners, UnreadableOwner } from './ports.ts';

/**
 * A seat's owner, to judge whether it is dead. Undefined: unknown or unreadable, which is treated as alive and can never
 * oversell.
 */
export async function ownerOf(
  reservations: Pick<ReservationStore, 'get'>,
  reservationId: string,
): Promise<Reservation | undefined> {
  try {
    return await reservations.get(reservationId);
  } catch (error) {
    if (error instanceof UnreadableItemError) return undefined;
    throw error;
  }
}

/** Seats of one reservation at most in one call to Redis. */
const seatsMax = 20;

/**
 * Seats of unreadable reservations, as the seats themselves say: each points to its owner, with its fence. At most
 * twenty seats an answer.
 *
 * @param allSeatIds searched when a reservation does not even say which seats it has
 */
export async function seatsOfUnreadable(
  seats: SeatOwners,
  eventId: string,
  allSeatIds: readonly string[],
  unreadable: readonly UnreadableOwner[],
): Promise<readonly SeatHolder[]> {
  if (unreadable.length === 0) return [];
  const ids = new Set(unreadable.map(({ reservationId }) => reservationId));
  const isAnyUnknown = unreadable.some(({ seatIds }) => seatIds === undefined);
  const where = isAnyUnknown ? allSeatIds : [...new Set(unreadable.flatMap(({ seatIds = [] }) => seatIds))];
  const holders: (SeatHolder & { readonly seatIds: string[] })[] = [];
  for await (const { seatId, reservationId, fence } of seats.owners(eventId, where)) {
    if (!ids.has(reservationId)) continue;
    const known = holders.find(
      (one) => one.reservationId === reservationId && one.fence === fence && one.seatIds.length < seatsMax,
    );
    if (known !== undefined) known.seatIds.push(seatId);
    else holders.push({ eventId, reservationId, userId: '', fence, seatIds: [seatId] });
  }
  return holders;
}
