import type { EnvironmentOf } from '#contract/environment.ts';
import { holdSeconds, holdSecondsMax } from '#contract/sale.ts';
import type { QueuePolicy } from '#core/queue/ports.ts';
import type { SaleTimings } from './deps.ts';

export const defaultTimings: SaleTimings = {
  holdMs: holdSeconds * 1000,
  holdMsMax: holdSecondsMax * 1000,
  // Expired seats already count as free by the clock. A sweep updates their records well within 2 s.
  sweepMs: 1_000,
  publishMs: 1_000,
  reconcileMs: 10_000,
  // A turn is longer than three calls of 10 s each to the provider.
  retryDelays: { firstMs: 10_000, retryMs: 45_000, retryMsMax: 4 * 60_000 },
  repairMs: 15_000,
  soldOutMs: 2_000,
};

/** Returns the default timings with the periods from the environment. */
export const timingsOf = ({
  SWEEP_MS,
  RECONCILE_MS,
}: Pick<EnvironmentOf<'seatLock'>, 'SWEEP_MS' | 'RECONCILE_MS'>): SaleTimings => ({
  ...defaultTimings,
  sweepMs: SWEEP_MS,
  reconcileMs: RECONCILE_MS,
});

/**
 * Returns the lengths of a visit. This worker polls the queue for shoppers inside and releases their places; it never admits
 * visitors, so the rest of the policy has no effect here.
 *
 * @throws Error naming both settings that contradict each other
 */
export function visitPolicy({
  ACTIVE_SECONDS,
  STAY_SECONDS,
}: Pick<EnvironmentOf<'seatLock'>, 'ACTIVE_SECONDS' | 'STAY_SECONDS'>): QueuePolicy {
  if (STAY_SECONDS < ACTIVE_SECONDS)
    throw new Error(`STAY_SECONDS (${STAY_SECONDS}) must be at least ACTIVE_SECONDS (${ACTIVE_SECONDS})`);
  return {
    activeTtlMs: ACTIVE_SECONDS * 1000,
    stayMaxMs: STAY_SECONDS * 1000,
    pollGraceMs: 10_000,
    claimTtlMs: 0,
    coldWaitMs: 0,
    batchMax: 0,
    tickMs: 1_000,
    forgetMs: 0,
    awayMs: 0,
    tickGapMaxMs: 0,
    workerLostMs: 0,
    workerOutMs: 0,
  };
}
