import type { EnvironmentOf } from '#contract/environment.ts';
import type { QueuePolicy } from '#core/queue/ports.ts';

/** Beyond the poll that is due: a slow network, not a closed tab. */
const silentGraceMs = 10_000;
/** C3: a place is kept for ten minutes of silence. */
const forgetMs = 600_000;
/** A minute, and a little: a page in the background that goes on living beats once a minute. */
const awayMs = 65_000;
/** Three missed ticks of the longest length, of every worker: nobody can be heard. */
const heardGapMs = 3_000;
/** Shorter than silentGraceMs: a lost worker is noticed before anybody is passed over who polled through it. */
const workerLostMs = 5_000;
/** The load balancer takes a silent worker out within 15 s; a page that failed all the while asks again within 36 s (lib/core/line/poll.ts). */
const workerOutMs = 45_000;

/** @throws Error naming both settings that contradict each other */
export function policyOf(
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
    silentGraceMs,
    forgetMs,
    awayMs,
    heardGapMs,
    workerLostMs,
    workerOutMs,
  };
}
