import { z } from 'zod';
import { shardsMax } from '#contract/event.ts';
import { arrivalsSchema } from './arrivals.ts';
import { checkpointsMax } from './calls.ts';
import { doorSchema } from './door.ts';
import { forecastSchema } from './forecast.ts';
import { observedQueueSchema } from './observed-queue.ts';
import type { Vector } from './position.ts';

const count = z.int().min(0);
const vector = z.array(count).min(1).max(shardsMax);

/** Advances by an operator that are kept for the audit. Older ones are in the log. */
export const handAdvancesMax = 20;

/**
 * How far a line has been called: one item per event and generation, written by compare-and-set on `version`.
 *
 *   0 ≤ expired[s] ≤ serving[s] ≤ issued[s]        none of them ever falls (E12)
 *
 *   expired        serving              issued
 *   ───────┬──────────┬────────────────────┬──────▶ seq
 *   lost,  │ may come │ waiting            │ not given out yet
 *   claimed│ now      │                    │
 */
export const servingStateSchema = z
  .object({
    version: z.int().min(1),
    serving: vector,
    /** Highest numbers given out, as last read. */
    issued: vector,
    expired: vector,
    /** Time up to which the rate has been spent: the start of a tick, so a repeated tick changes nothing. */
    accountedUntilMs: count,
    /**
     * Fraction of a person that the rate has earned and not spent, in sixty-thousandths. Below 0: people called ahead of
     * the rate at the opening, still to be earned (advance.ts).
     */
    carry: z.int().max(59_999),
    /** How far the line had been called at a time, so that called places expire (calls.ts). */
    checkpoints: z
      .array(z.strictObject({ atMs: count, serving: vector, claimed: count }))
      .max(checkpointsMax),
    /**
     * People of the expired part who had come, for the measured share of no-shows. Here and in `claimed` below, a person
     * has come when the pass was used in tier 2 (without tier 2: taken).
     */
    claimedOfExpired: count,
    handAdvances: z
      .array(
        z.strictObject({ atMs: count, by: z.string().min(1).max(200), asked: z.int().min(1), called: count }),
      )
      .max(handAdvancesMax),
    /** The door (door.ts): numbers given out and called; absent: none yet. */
    door: doorSchema.optional(),
    /** How called people come (arrivals.ts); absent: no capacity was published yet. */
    arrivals: arrivalsSchema.optional(),
    /** State of tier 2; absent: no capacity was published yet. */
    tier2: observedQueueSchema.optional(),
    /** Forecast that the pages show (forecast.ts); absent: an older release wrote this. */
    forecast: forecastSchema.optional(),
    updatedAtMs: count,
  })
  .refine(isConsistent, 'expired ≤ serving ≤ issued must hold per shard, with one length');
export type ServingState = z.infer<typeof servingStateSchema>;

function isConsistent(state: { serving: Vector; issued: Vector; expired: Vector }): boolean {
  const { serving, issued, expired } = state;
  return (
    serving.length === issued.length &&
    serving.length === expired.length &&
    serving.every((n, shard) => n <= (issued[shard] ?? 0) && n >= (expired[shard] ?? 0))
  );
}

/** A line's first state. It fixes the number of shards for the generation. */
export function initialServing(shards: number, nowMs: number): ServingState {
  const zeros = Array.from({ length: shards }, () => 0);
  return {
    version: 1,
    serving: zeros,
    issued: zeros,
    expired: zeros,
    accountedUntilMs: nowMs,
    carry: 0,
    checkpoints: [],
    claimedOfExpired: 0,
    handAdvances: [],
    updatedAtMs: nowMs,
  };
}
