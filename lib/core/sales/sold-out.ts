import type { Reservation } from '#contract/sales.ts';

/**
 * What to do about an event's `isSoldOut`. Only what we said ourselves is taken back: an organizer's own word stays.
 */
export function decideSoldOut(now: {
  readonly isSoldOut: boolean;
  /** We said it. */
  readonly isOurs: boolean;
  readonly seats: number;
  /** Seats of confirmed reservations, as durable storage says. */
  readonly sold: number;
}): 'say' | 'take-back' | 'forget' | 'nothing' {
  const isFull = now.seats > 0 && now.sold >= now.seats;
  if (isFull) return now.isSoldOut ? 'nothing' : 'say';
  if (!now.isOurs) return 'nothing';
  return now.isSoldOut ? 'take-back' : 'forget';
}

/** Seats of the layout that confirmed reservations own. */
export async function countSold(
  owning: AsyncIterable<Reservation>,
  isSeat: (seatId: string) => boolean,
): Promise<number> {
  const sold = new Set<string>();
  for await (const { state, seatIds } of owning) {
    if (state !== 'confirmed') continue;
    for (const seatId of seatIds) if (isSeat(seatId)) sold.add(seatId);
  }
  return sold.size;
}
