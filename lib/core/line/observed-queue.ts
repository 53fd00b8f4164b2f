import { z } from 'zod';

const count = z.int().min(0);

/** Published by the admission worker. */
export interface PublishedCapacity {
  /** Places for shoppers that nobody holds. */
  readonly free: number;
  readonly active: number;
  /** Waiting in tier 2's own line. */
  readonly queued: number;
  /** Passes used here so far: people who really came. Absent: a worker of an older release published it. */
  readonly arrived?: number | undefined;
  readonly updatedAtMs: number;
}

/**
 * What tier 1 has learnt of tier 2, from one published capacity to the next. Part of the serving state; absent: tier 2
 * has not spoken. Sums fade with `memoryMs`, so that the newest minutes count most.
 */
export const observedQueueSchema = z.object({
  /** `updatedAtMs` of the capacity seen last. */
  atMs: count,
  /** Passes used in tier 2, as published last: a Redis that loses its data starts again at 0. */
  arrived: count,
  /** Passes used in tier 2 since the line exists. */
  came: count,
  /** People inside and waiting there. */
  present: count,
  /** Shoppers who left, fading. */
  left: z.number().min(0),
  /** Person-seconds spent inside, fading: with `left` it gives the mean stay. */
  insideSeconds: z.number().min(0),
  /** People who could be called now if the rate allowed it. */
  room: count,
  /** Share of the called who come, as estimates use it (`easeShare`); absent: an older release wrote this. */
  share: z.number().min(0).max(1).optional(),
});
export type ObservedQueue = z.infer<typeof observedQueueSchema>;

/** What was seen so long ago counts a third. */
const memoryMs = 300_000;
/** A longer silence of tier 2 says nothing about who was inside meanwhile. */
const gapMaxMs = 60_000;
/** Before anything is measured, a stay is taken to last this long … */
const stayPriorSeconds = 60;
/** … with the weight of so many shoppers seen. */
const priorWeight = 2;

/** Takes a published capacity in. The same one twice changes nothing. */
export function learn(known: ObservedQueue | undefined, told: PublishedCapacity): ObservedQueue {
  const present = told.active + told.queued;
  const { arrived = known?.arrived ?? 0, updatedAtMs: atMs } = told;
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
    left: rounded(known.left * kept + left),
    insideSeconds: rounded(known.insideSeconds * kept + (told.active * elapsedMs) / 1000),
    room: known.room,
    ...(known.share !== undefined && { share: known.share }),
  };
}

/** Before anything is measured, so many of the called are taken to come. */
export const comesGuess = 0.8;
/** A change of the measured share counts two thirds after this. */
const easeMs = 60_000;

/**
 * Lets the share that estimates use follow the measured one. A burst of calls, as after a pause, moves the measured one up
 * for half a minute: its people arrive before all its calls are counted.
 */
export function easeShare(
  before: ObservedQueue | undefined,
  now: ObservedQueue,
  measured: number,
): ObservedQueue {
  const known = before?.share ?? comesGuess;
  const elapsedMs = before === undefined ? 0 : now.atMs - before.atMs;
  const share = known + (measured - known) * (1 - Math.exp(-elapsedMs / easeMs));
  return { ...now, share: rounded(share) };
}

const rounded = (n: number) => Math.round(n * 1000) / 1000;

/** Mean stay inside in seconds: from a guess at first, then from what was seen. */
export function meanStaySeconds(known: ObservedQueue | undefined): number {
  const { insideSeconds = 0, left = 0 } = known ?? {};
  return Math.max(1, (insideSeconds + priorWeight * stayPriorSeconds) / (left + priorWeight));
}
