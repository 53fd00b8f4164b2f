import { type Rate, rateAround } from '../line/estimate.ts';
import type { Pace } from './ports.ts';

/** A measurement older than this is none: nobody has ticked. */
const ageMsMax = 15_000;

/**
 * The rate at which the front moves, as a range. n people seen leave an uncertainty of one part in the square root of n.
 * Null: nobody ticks, or the limit is 0.
 */
export function paceRate({ moved, windowMs, atMs }: Pace, limit: number | null, nowMs: number): Rate | null {
  if (nowMs - atMs > ageMsMax || limit === null || limit <= 0 || windowMs <= 0) return null;
  return rateAround((moved * 60_000) / windowMs, 1 / Math.sqrt(moved));
}
