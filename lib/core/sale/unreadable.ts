import type { Reservation } from '#contract/sale.ts';
import { UnreadableItemError } from '../errors.ts';
import type { ReservationStore, SeatHolder, SeatOwners, UnreadableOwner } from './ports.ts';

/**
 * Returns a seat's owner. Undefined: unknown or unreadable; callers treat it as alive, so no seat is sold twice.
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

/** Most seats of one reservation per call to Redis. */
const seatsMax = 20;

/**
 * Returns the seats of unreadable reservations from the seats' own items, which name their owner and its fence. At most
 * twenty seats per entry.
 *
 * @param allSeatIds searched when the seats of a reservation are unreadable too
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
