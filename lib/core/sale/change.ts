import type { Reservation } from '#contract/sale.ts';
import type { Clock, HoldStore, ReservationStore } from './ports.ts';
import { extendedEnd } from './reservation.ts';

/** Ports for changes that a holder makes to an unpaid reservation. */
interface ChangePorts {
  readonly clock: Clock;
  readonly holds: HoldStore;
  readonly reservations: ReservationStore;
}

export type ChangeOutcome =
  | { readonly outcome: 'done'; readonly reservation: Reservation }
  | { readonly outcome: 'not-found' | 'not-owner' | 'fence-refused' }
  | { readonly outcome: 'ended'; readonly reservation: Reservation };

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

/** Extends a pending reservation, up to its maximum. The end in DynamoDB decides; Redis shows it as a hint. */
export async function extendReservation(
  ports: ChangePorts,
  request: Holder & { extendMs: number },
): Promise<ChangeOutcome> {
  const own = await ownOf(ports, request);
  if (own.outcome !== 'found') return own;
  const { reservation } = own;
  if (reservation.fence !== request.fence) return { outcome: 'fence-refused' };
  const nowMs = ports.clock.nowMs();
  // After the end the seats are lost, also while nobody has claimed them: one clock decides (C6.6).
  if (reservation.state !== 'pending' || reservation.expiresAtMs <= nowMs)
    return { outcome: 'ended', reservation };
  const end = extendedEnd(reservation, nowMs, request.extendMs);
  const { moved, reservation: after } = await ports.reservations.extend(
    reservation.reservationId,
    request.fence,
    end,
  );
  if (after === undefined) return { outcome: 'not-found' };
  // Of two concurrent extensions the later end stays, which is a success for both.
  if (!moved && after.state !== 'pending') return { outcome: 'ended', reservation: after };
  await ports.holds.extend(after, after.expiresAtMs);
  return { outcome: 'done', reservation: after };
}

/** Cancels a reservation before it is paid. A repeat succeeds. `fence` undefined: cancelled by the owner by its id. */
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
  // A reservation with an order was paid and refunded. One without may be cancelled by an earlier call that crashed here.
  if (reservation.state !== 'cancelled' || reservation.orderId !== undefined)
    return { outcome: 'ended', reservation };
  await ports.holds.release(reservation);
  return { outcome: 'done', reservation };
}
