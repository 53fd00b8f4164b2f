import type { EnvironmentOf } from '#contract/environment.ts';
import type { QueuePolicy } from '#core/queue/ports.ts';

/** Tolerance after a poll is due: a slow network is not a closed tab. */
const pollGraceMs = 10_000;
/** C3: a place is kept for ten minutes without a poll. */
const forgetMs = 600_000;
/** Slightly more than a minute: an open page in the background polls once per minute. */
const awayMs = 65_000;
/** Three missed ticks of the longest length, of every worker: no visitor could poll. */
const tickGapMaxMs = 3_000;
/** Shorter than pollGraceMs: a lost worker is noticed before a visitor who polled through it is parked. */
const workerLostMs = 5_000;
/** The load balancer removes a lost worker within 15 s; a page whose polls failed until then polls again within 36 s (lib/core/line/poll.ts). */
const workerOutMs = 45_000;

/** @throws Error naming both settings that contradict each other */
export function queuePolicyOf(
  environment: Pick<
    EnvironmentOf<'admission'>,
    'ADMIT_BATCH' | 'TICK_MS' | 'ACTIVE_SECONDS' | 'STAY_SECONDS' | 'CLAIM_SECONDS' | 'COLD_SECONDS'
  >,
): QueuePolicy {
  const { ADMIT_BATCH, TICK_MS, ACTIVE_SECONDS, STAY_SECONDS, CLAIM_SECONDS, COLD_SECONDS } = environment;
  if (STAY_SECONDS < ACTIVE_SECONDS)
    throw new Error(`STAY_SECONDS (${STAY_SECONDS}) must be at least ACTIVE_SECONDS (${ACTIVE_SECONDS})`);
  if (CLAIM_SECONDS >= ACTIVE_SECONDS)
    throw new Error(`CLAIM_SECONDS (${CLAIM_SECONDS}) must be less than ACTIVE_SECONDS (${ACTIVE_SECONDS})`);
  const batchMax = Math.floor((ADMIT_BATCH * TICK_MS) / 1000);
  if (batchMax < 1)
    throw new Error(
      `ADMIT_BATCH (${ADMIT_BATCH}) times TICK_MS (${TICK_MS}) must be at least one visitor per tick (1000)`,
    );
  return {
    activeTtlMs: ACTIVE_SECONDS * 1000,
    stayMaxMs: STAY_SECONDS * 1000,
    claimTtlMs: CLAIM_SECONDS * 1000,
    coldWaitMs: COLD_SECONDS * 1000,
    batchMax,
    tickMs: TICK_MS,
    pollGraceMs,
    forgetMs,
    awayMs,
    tickGapMaxMs,
    workerLostMs,
    workerOutMs,
  };
}
