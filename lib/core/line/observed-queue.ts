import { z } from 'zod';
import { roundForStorage } from './round-for-storage.ts';

const count = z.int().min(0);

/** Published by the admission worker. */
export interface PublishedCapacity {
  /** Places inside that are free. */
  readonly free: number;
  readonly active: number;
  /** People who wait in tier 2. */
  readonly queued: number;
  /** Passes used in tier 2 so far: people who came. Absent: a worker of an older release published this. */
  readonly arrived?: number | undefined;
  readonly updatedAtMs: number;
}

/**
 * What tier 1 derives from the capacities that tier 2 publishes. Part of the serving state; absent: none was published.
 * Sums decay with `memoryMs`, so that the newest minutes count most.
 */
export const observedQueueSchema = z.object({
  /** `updatedAtMs` of the last capacity. */
  atMs: count,
  /** Passes used in tier 2, as published last. Starts again at 0 when Redis loses its data. */
  arrived: count,
  /** Passes used in tier 2 since the line was created. */
  came: count,
  /** People in tier 2, inside or waiting. */
  present: count,
  /** Shoppers who left; decays. */
  left: z.number().min(0),
  /** Person-seconds spent inside; decays. Divided by `left` it is the mean stay. */
  insideSeconds: z.number().min(0),
  /** People who could be called now if the rate allowed it. */
  room: count,
});
export type ObservedQueue = z.infer<typeof observedQueueSchema>;

/** Decay: a measurement of this age counts about a third. */
const memoryMs = 300_000;
/** Longest time between two capacities that counts as time spent inside. After a longer gap, who was inside is unknown. */
const gapMaxMs = 60_000;
/** First guess of a stay. */
const stayPriorSeconds = 60;
/** Weight of the first guess, in shoppers measured. */
const priorWeight = 2;

/** Adds a published capacity. The same capacity twice changes nothing. */
export function addCapacity(known: ObservedQueue | undefined, published: PublishedCapacity): ObservedQueue {
  const present = published.active + published.queued;
  const { arrived = known?.arrived ?? 0, updatedAtMs: atMs } = published;
  if (known === undefined)
    return { atMs, arrived, came: arrived, present, left: 0, insideSeconds: 0, room: 0 };
  if (atMs <= known.atMs) return known;
  const elapsedMs = Math.min(gapMaxMs, atMs - known.atMs);
  const isSameCount = arrived >= known.arrived;
  const came = isSameCount ? arrived - known.arrived : arrived;
  const left = isSameCount ? Math.max(0, came - (present - known.present)) : 0;
  const kept = Math.exp(-elapsedMs / memoryMs);
  return {
    atMs,
    arrived,
    came: known.came + came,
    present,
    left: roundForStorage(known.left * kept + left),
    insideSeconds: roundForStorage(known.insideSeconds * kept + (published.active * elapsedMs) / 1000),
    room: known.room,
  };
}

/** Mean stay inside in seconds: a guess at first, then measured. */
export function meanStaySeconds(known: ObservedQueue | undefined): number {
  const { insideSeconds = 0, left = 0 } = known ?? {};
  return Math.max(1, (insideSeconds + priorWeight * stayPriorSeconds) / (left + priorWeight));
}
