import { mapBounded } from '../map-bounded.ts';
import type { Clock, HoldStore, ReservationStore } from './ports.ts';

/**
 * Expires overdue reservations and returns how many. Any number of sweepers may run: one conditional write decides each.
 * No buyer waits for a sweeper: a seat of an overdue reservation can be claimed at once (reserve.ts).
 */
export async function sweepOverdue(
  ports: { clock: Clock; holds: HoldStore; reservations: ReservationStore },
  options: {
    limit: number;
    /** Reservations worked on at once. @default 1 */
    concurrency?: number;
    onError: (reservationId: string, error: unknown) => void;
    /** True: its last sweep failed, and this round skips it. */
    isSetAside?: (reservationId: string) => boolean;
  },
): Promise<number> {
  const nowMs = ports.clock.nowMs();
  const overdue = await ports.reservations.listOverdue(nowMs, options.limit, options.isSetAside);
  let expired = 0;
  await mapBounded(overdue, options.concurrency ?? 1, async (reservationId) => {
    try {
      const { moved, reservation } = await ports.reservations.move({
        reservationId,
        from: ['claiming', 'pending'],
        to: 'expired',
        ifExpiresAtMsMax: nowMs,
      });
      if (!moved || reservation === undefined) return;
      expired++;
      await ports.holds.release(reservation);
    } catch (error) {
      options.onError(reservationId, error);
    }
  });
  return expired;
}
