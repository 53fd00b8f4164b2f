import { type Rate, rateAround } from '../line/estimate.ts';
import type { Pace } from './ports.ts';

/** Longest age of a measurement: an older one means that no worker ticks. */
const ageMsMax = 15_000;

/**
 * The rate at which the front moves, as a range. After n people its uncertainty is 1 ÷ √n. Null: no worker ticks, or the
 * limit is 0.
 */
export function paceRate({ moved, windowMs, atMs }: Pace, limit: number | null, nowMs: number): Rate | null {
  if (nowMs - atMs > ageMsMax || limit === null || limit <= 0 || windowMs <= 0) return null;
  return rateAround((moved * 60_000) / windowMs, 1 / Math.sqrt(moved));
}
