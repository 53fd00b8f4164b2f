import { type Rate, rateAround } from '../estimate.ts';
import type { Pace } from './ports.ts';

/** A measurement older than this is none: nobody has ticked. */
const ageMsMax = 15_000;
/** Before anything is measured, shoppers are taken to stay this long … */
const stayPriorSeconds = 60;
/** … with the weight of so many people who moved up. */
const priorWeight = 2;

/**
 * The rate at which the front moves, as a range: as it moved in the last minute, beside a guess by limit and stay that
 * fades as more is seen. n people seen leave an uncertainty of one part in the square root of n. Null: nobody ticks, or
 * the limit is 0.
 */
export function paceRate({ moved, windowMs, atMs }: Pace, limit: number | null, nowMs: number): Rate | null {
  if (atMs <= 0 || nowMs - atMs > ageMsMax || limit === null || limit <= 0) return null;
  const priorMs = (priorWeight * stayPriorSeconds * 1000) / limit;
  const perMinute = ((moved + priorWeight) * 60_000) / (windowMs + priorMs);
  return rateAround(perMinute, 1 / Math.sqrt(moved + priorWeight));
}
