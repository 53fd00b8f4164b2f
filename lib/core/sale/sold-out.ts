import type { OwningReservations, SeatOwners, UnreadableOwner } from './ports.ts';
import { ownedSeatIds } from './reservation.ts';
import { seatsOfUnreadable } from './unreadable.ts';

/**
 * What to do about an event's `isSoldOut`. Only what we said ourselves is taken back: an organizer's own word stays.
 */
export function decideSoldOut(now: {
  readonly isSoldOut: boolean;
  /** We said it. */
  readonly isSaidSoldOut: boolean;
  readonly seats: number;
  /** As durable storage says (`countSold`). */
  readonly sold: number;
}): 'say' | 'take-back' | 'forget' | 'nothing' {
  const isFull = now.seats > 0 && now.sold >= now.seats;
  if (isFull) return now.isSoldOut ? 'nothing' : 'say';
  if (!now.isSaidSoldOut) return 'nothing';
  return now.isSoldOut ? 'take-back' : 'forget';
}

/** Seats of the layout that confirmed or unreadable reservations own. */
export async function countSold(
  ports: { readonly reservations: OwningReservations; readonly seats: SeatOwners },
  eventId: string,
  allSeatIds: readonly string[],
): Promise<number> {
  const sold = new Set<string>();
  const unreadable: UnreadableOwner[] = [];
  const owning = ports.reservations.listOwning(eventId, (one) => unreadable.push(one));
  for await (const reservation of owning)
    if (reservation.state === 'confirmed') for (const seatId of ownedSeatIds(reservation)) sold.add(seatId);
  for (const { seatIds } of await seatsOfUnreadable(ports.seats, eventId, allSeatIds, unreadable))
    for (const seatId of seatIds) sold.add(seatId);
  return allSeatIds.filter((seatId) => sold.has(seatId)).length;
}
