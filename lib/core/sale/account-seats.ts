import type { UrrEvent } from '#contract/event.ts';
import type { Reservation } from '#contract/sale.ts';
import type { AccountSeat, AccountSeatStore, Clock, OwnReservations, ReservationStore } from './ports.ts';
import { isDead, isOverdue } from './reservation.ts';
import { ownerOf } from './unreadable.ts';

export interface AccountSeatPorts {
  readonly clock: Clock;
  readonly accountSeats: AccountSeatStore;
  readonly reservations: ReservationStore & OwnReservations;
}

export interface Account {
  readonly eventId: string;
  readonly userId: string;
}

/** Most seats an account may hold and own at a time. */
export const seatsPerAccountOf = (event: Pick<UrrEvent, 'seatsPerAccount' | 'seatsPerOrder'>): number =>
  event.seatsPerAccount ?? event.seatsPerOrder;

/** Attempts to count seats. Each failed attempt removes ended seats, but another order may use them first. */
const triesMax = 8;

/**
 * Counts the seats of a reservation against its account, or returns how many are left. One conditional write of the
 * account's record decides, so parallel orders on any number of workers never exceed `seatsMax`.
 *
 * The record names reservations and seats. A named seat counts while its reservation owns it, so cancel, expiry and refund
 * need no write here, and a crash after any step leaves nothing to undo. A call that finds the account full removes the
 * seats of ended reservations (docs/adr/0095).
 */
export async function countSeats(
  ports: AccountSeatPorts,
  reservation: Reservation,
  seatsMax: number,
): Promise<{ readonly isCounted: true } | { readonly isCounted: false; readonly left: number }> {
  for (let tries = 0; tries < triesMax; tries++) {
    const { added, seats } = await ports.accountSeats.add({
      ...accountOf(reservation),
      seats: seatsOf(reservation),
      seatsMax,
    });
    if (added) return { isCounted: true };
    if (seats === undefined) {
      await beginRecord(ports, accountOf(reservation));
      continue;
    }
    const left = await mend(ports, accountOf(reservation), seats, seatsMax);
    if (left < reservation.seatIds.length) return { isCounted: false, left };
  }
  return { isCounted: false, left: 0 };
}

/** Seats that the account may still take; exact if fewer than `wanted`. A hint: `countSeats` decides. */
export async function seatsLeft(
  ports: AccountSeatPorts,
  account: Account,
  seatsMax: number,
  wanted: number,
): Promise<number> {
  const seats = await ports.accountSeats.get(account);
  if (seats === undefined) return seatsMax;
  const left = seatsMax - seats.length;
  return left >= wanted ? left : mend(ports, account, seats, seatsMax);
}

/** Removes seats from the record that their reservation no longer owns, and returns how many are left. */
async function mend(
  ports: AccountSeatPorts,
  account: Account,
  seats: readonly AccountSeat[],
  seatsMax: number,
): Promise<number> {
  const over: AccountSeat[] = [];
  for (const reservationId of new Set(seats.map((seat) => seat.reservationId))) {
    const owner = await endIfOverdue(ports, reservationId);
    // A reservation is written before its seats are counted. An unknown or unreadable one counts: never too many seats.
    if (owner === undefined) continue;
    over.push(
      ...seats.filter((seat) => seat.reservationId === reservationId && !isOwned(owner, seat.seatId)),
    );
  }
  // A seat that was released never comes back to its reservation, so the removal is safe at any later time.
  if (over.length > 0) await ports.accountSeats.remove(account, over);
  return Math.max(0, seatsMax - seats.length + over.length);
}

const isOwned = (owner: Reservation, seatId: string): boolean =>
  !isDead(owner.state) && owner.givenBackSeatIds?.includes(seatId) !== true;

/** Returns a reservation and expires it first if it is overdue, because the sweeper may be late. */
async function endIfOverdue(
  ports: AccountSeatPorts,
  reservationId: string,
): Promise<Reservation | undefined> {
  const owner = await ownerOf(ports.reservations, reservationId);
  const nowMs = ports.clock.nowMs();
  if (owner === undefined || !isOverdue(owner, nowMs)) return owner;
  const { reservation } = await ports.reservations.move({
    reservationId,
    from: ['claiming', 'pending'],
    to: 'expired',
    ifExpiresAtMsMax: nowMs,
  });
  return reservation ?? owner;
}

/**
 * Creates an account's record with the seats that it has from earlier releases. `claiming` reservations are left out: each
 * counts its own seats before it becomes pending.
 */
async function beginRecord(ports: AccountSeatPorts, account: Account): Promise<void> {
  const own = await ports.reservations.listOfAccount(account);
  const owning = own.filter(({ state }) => state === 'pending' || state === 'confirmed');
  const seats = owning.flatMap((owner) => seatsOf(owner).filter(({ seatId }) => isOwned(owner, seatId)));
  await ports.accountSeats.begin(account, seats);
}

const accountOf = ({ eventId, userId }: Reservation): Account => ({ eventId, userId });
const seatsOf = ({ reservationId, seatIds }: Reservation): AccountSeat[] =>
  seatIds.map((seatId) => ({ reservationId, seatId }));
