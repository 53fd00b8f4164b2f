import type { Reservation } from '#contract/sale.ts';
import type { Clock, HoldStore, ReservationStore } from './ports.ts';
import { extendedEnd } from './reservation.ts';

/** What a holder does to a reservation that is not paid yet. */
export interface ChangePorts {
  readonly clock: Clock;
  readonly holds: HoldStore;
  readonly reservations: ReservationStore;
}

export type ChangeOutcome =
  | { readonly outcome: 'done'; readonly reservation: Reservation }
  | { readonly outcome: 'not-found' | 'not-owner' | 'fence-refused' }
  | { readonly outcome: 'over'; readonly reservation: Reservation };

interface Holder {
  readonly reservationId: string;
  readonly userId: string;
  /** Presented by the holder (E6). */
  readonly fence: number;
}

async function ownOf(ports: ChangePorts, request: Omit<Holder, 'fence'>) {
  const reservation = await ports.reservations.get(request.reservationId);
  if (reservation === undefined) return { outcome: 'not-found' as const };
  if (reservation.userId !== request.userId) return { outcome: 'not-owner' as const };
  return { outcome: 'found' as const, reservation };
}

/** Moves the end of a pending reservation, up to its maximum. The durable end counts; Redis follows as a hint. */
export async function extendReservation(
  ports: ChangePorts,
  request: Holder & { extendMs: number },
): Promise<ChangeOutcome> {
  const own = await ownOf(ports, request);
  if (own.outcome !== 'found') return own;
  const { reservation } = own;
  if (reservation.fence !== request.fence) return { outcome: 'fence-refused' };
  const nowMs = ports.clock.nowMs();
  // Whoever comes after the end has lost the seats, though nobody may have taken them yet: one clock (C6.6).
  if (reservation.state !== 'pending' || reservation.expiresAtMs <= nowMs)
    return { outcome: 'over', reservation };
  const end = extendedEnd(reservation, nowMs, request.extendMs);
  const { moved, reservation: after } = await ports.reservations.extend(
    reservation.reservationId,
    request.fence,
    end,
  );
  if (after === undefined) return { outcome: 'not-found' };
  // Two extensions at once: the other set a later end, which is as good.
  if (!moved && after.state !== 'pending') return { outcome: 'over', reservation: after };
  await ports.holds.extend(after, after.expiresAtMs);
  return { outcome: 'done', reservation: after };
}

/** Gives seats back before they are paid. A repeat is done too. `fence` undefined: its owner cancels it by name. */
export async function cancelHold(
  ports: ChangePorts,
  request: Omit<Holder, 'fence'> & { fence?: number },
): Promise<ChangeOutcome> {
  const own = await ownOf(ports, request);
  if (own.outcome !== 'found') return own;
  if (request.fence !== undefined && own.reservation.fence !== request.fence)
    return { outcome: 'fence-refused' };
  const { reservation } = await ports.reservations.move({
    reservationId: request.reservationId,
    from: ['claiming', 'pending'],
    to: 'cancelled',
  });
  if (reservation === undefined) return { outcome: 'not-found' };
  // Cancelled before it was ever paid: also by an earlier call that crashed before the next step.
  if (reservation.state !== 'cancelled' || reservation.orderId !== undefined)
    return { outcome: 'over', reservation };
  await ports.holds.release(reservation);
  return { outcome: 'done', reservation };
}
