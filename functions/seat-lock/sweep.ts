import { metrics } from '#contract/metrics.ts';
import { UrrError } from '#core/errors.ts';
import { sweepOverdue } from '#core/sale/expire.ts';
import type { SetAside } from '#core/sale/set-aside.ts';
import { portsOf, type SeatLockDeps } from './deps.ts';

/** Reservations ended per read, and how many in parallel. */
const limit = 200;
const concurrency = 16;
/** Reads per round: enough for all holds of a hall that end together. */
const looksMax = 20;

/** Ends overdue reservations. Never throws. */
export async function sweepRound(
  deps: SeatLockDeps,
  setAside: SetAside,
  isStopping: () => boolean,
): Promise<void> {
  const onError = (reservationId: string, error: unknown) => {
    // An outage of a table or of Redis is no fault of the reservation.
    const isAway = error instanceof UrrError && error.code === 'UNAVAILABLE';
    if (!isAway) {
      setAside.failed(reservationId);
      deps.telemetry.count(metrics.reservationStuck);
    }
    deps.telemetry.error('an overdue reservation was not ended; a later round repeats it', error, {
      reservationId,
    });
  };
  const isSetAside = (reservationId: string) => setAside.has(reservationId);
  try {
    for (let look = 0; look < looksMax && !isStopping(); look++) {
      const expired = await sweepOverdue(portsOf(deps), { limit, concurrency, onError, isSetAside });
      if (expired > 0) deps.telemetry.count(metrics.reservationsExpired, expired);
      // Reservations that another sweeper ended, or that cannot be ended, must not keep this one busy.
      if (expired < limit / 2) break;
    }
  } catch (error) {
    deps.telemetry.error('overdue reservations could not be read; the next round repeats it', error);
  }
  deps.telemetry.flush();
}
