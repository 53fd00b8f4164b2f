import { metrics } from '#contract/metrics.ts';
import { UrrError } from '#core/errors.ts';
import { sweepOverdue } from '#core/sale/expire.ts';
import type { SetAside } from '#core/sale/set-aside.ts';
import { portsOf, type SeatLockDeps } from './deps.ts';

/** Reservations a look ends, and how many of them at once. */
const limit = 200;
const concurrency = 16;
/** Looks a round: a whole hall's holds that end together. */
const looksMax = 20;

/** Ends what is overdue. Never throws. */
export async function sweepRound(
  deps: SeatLockDeps,
  setAside: SetAside,
  isStopping: () => boolean,
): Promise<void> {
  const onError = (reservationId: string, error: unknown) => {
    // A table or Redis that is away says nothing against the reservation.
    const isAway = error instanceof UrrError && error.code === 'UNAVAILABLE';
    if (!isAway) {
      setAside.failed(reservationId);
      deps.telemetry.count(metrics.reservationStuck);
    }
    deps.telemetry.error('an overdue reservation was not ended', error, { reservationId });
  };
  const isSetAside = (reservationId: string) => setAside.has(reservationId);
  try {
    for (let look = 0; look < looksMax && !isStopping(); look++) {
      const expired = await sweepOverdue(portsOf(deps), { limit, concurrency, onError, isSetAside });
      if (expired > 0) deps.telemetry.count(metrics.reservationsExpired, expired);
      // What another sweeper ended, or could not be ended, must not keep this one busy.
      if (expired < limit / 2) break;
    }
  } catch (error) {
    deps.telemetry.error('overdue reservations could not be read', error);
  }
  deps.telemetry.flush();
}
