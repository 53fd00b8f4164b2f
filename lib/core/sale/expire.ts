import type { Clock, HoldStore, ReservationStore } from './ports.ts';

/**
 * Ends reservations whose time is over. Any number of sweepers may run: one conditional write decides each. Nobody waits
 * for them: a seat whose reservation is overdue is free to whoever claims it (lib/core/sale/reserve.ts), and the
 * sweeper makes the record say so.
 */
export async function sweepOverdue(
  ports: { clock: Clock; holds: HoldStore; reservations: ReservationStore },
  options: {
    limit: number;
    /** Reservations worked on at once. @default 1 */
    concurrency?: number;
    onError: (reservationId: string, error: unknown) => void;
    /** Failed before, and leaves room for others now. */
    isSetAside?: (reservationId: string) => boolean;
  },
): Promise<number> {
  const nowMs = ports.clock.nowMs();
  const overdue = (await ports.reservations.listOverdue(nowMs, options.limit, options.isSetAside)).values();
  let expired = 0;
  const work = async () => {
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
  };
  await Promise.all(Array.from({ length: options.concurrency ?? 1 }, work));
  return expired;
}
