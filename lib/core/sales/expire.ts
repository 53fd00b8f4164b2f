import type { Clock, HoldStore, ReservationStore } from './ports.ts';

/** Ends reservations whose time is over. Any number of sweepers may run: one conditional write decides each. */
export async function sweepOverdue(
  ports: { clock: Clock; holds: HoldStore; reservations: ReservationStore },
  options: { limit: number; onError: (reservationId: string, error: unknown) => void },
): Promise<number> {
  const nowMs = ports.clock.nowMs();
  const overdue = await ports.reservations.listOverdue(nowMs, options.limit);
  let expired = 0;
  for (const reservationId of overdue) {
    try {
      const { moved, reservation } = await ports.reservations.move({
        reservationId,
        from: ['claiming', 'pending'],
        to: 'expired',
        ifExpiresAtMsMax: nowMs,
      });
      if (!moved || reservation === undefined) continue;
      expired++;
      await ports.holds.release(reservation);
    } catch (error) {
      options.onError(reservationId, error);
    }
  }
  return expired;
}
