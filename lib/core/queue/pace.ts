import type { Rate } from '../estimate.ts';
import type { Pace } from './ports.ts';

/** A shorter look says nothing (C6.13). */
const windowMsMin = 10_000;
/** A measurement older than this is none: nobody has ticked. */
const ageMsMax = 15_000;
/** Fewer people than this say nothing either. */
const movedMin = 5;
const spreadMin = 0.1;
const spreadMax = 0.5;

/**
 * The rate at which the front moves, as a range; null: not known yet. n people seen in a window leave an uncertainty of
 * about one part in the square root of n.
 */
export function paceRate({ moved, windowMs, atMs }: Pace, nowMs: number): Rate | null {
  if (atMs <= 0 || nowMs - atMs > ageMsMax || windowMs < windowMsMin || moved < movedMin) return null;
  const perMinute = (moved * 60_000) / windowMs;
  const spread = Math.min(spreadMax, Math.max(spreadMin, 1 / Math.sqrt(moved)));
  return { low: perMinute * (1 - spread), high: perMinute * (1 + spread) };
}
