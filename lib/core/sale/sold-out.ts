import type { OwningReservations, SeatOwners, UnreadableOwner } from './ports.ts';
import { ownedSeatIds } from './reservation.ts';
import { seatsOfUnreadable } from './unreadable.ts';

/**
 * Decides the change of an event's `isSoldOut`. URR clears only its own value; an organizer's value stays. `drop-mark`:
 * somebody else has cleared it.
 */
export function decideSoldOut(now: {
  readonly isSoldOut: boolean;
  /** URR set it. */
  readonly isMarkedByUrr: boolean;
  readonly seats: number;
  /** As counted in DynamoDB (`countSold`). */
  readonly sold: number;
}): 'set' | 'clear' | 'drop-mark' | 'nothing' {
  const isFull = now.seats > 0 && now.sold >= now.seats;
  if (isFull) return now.isSoldOut ? 'nothing' : 'set';
  if (!now.isMarkedByUrr) return 'nothing';
  return now.isSoldOut ? 'clear' : 'drop-mark';
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
