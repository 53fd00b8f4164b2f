import type { ServingState } from './serving.ts';

/** People called per minute. */
export interface Rate {
  readonly low: number;
  readonly high: number;
}

/** Fewer running samples than this say nothing: the first seconds of a sale gave absurd estimates (C6.13). */
const samplesMin = 2;
/** The near future is like the near past, give or take this share. */
const spreadShare = 0.1;
/** Beyond a day an estimate is noise: places themselves live no longer. */
const waitSecondsMax = 24 * 60 * 60;

/** The rate at which the line has really moved in the last two minutes, as a range; null: not known yet. */
export function measuredRate(pace: ServingState['pace']): Rate | null {
  const perMinute = pace.flatMap((sample, i) => {
    const before = pace[i - 1];
    if (before === undefined || !sample.isRunning || sample.atMs <= before.atMs) return [];
    return [((sample.called - before.called) * 60_000) / (sample.atMs - before.atMs)];
  });
  if (perMinute.length < samplesMin) return null;
  const average = perMinute.reduce((sum, n) => sum + n, 0) / perMinute.length;
  // One slow sample must not make the wait look endless, so the low end is at least half the average.
  const low = Math.max(Math.min(...perMinute), average / 2) * (1 - spreadShare);
  const high = Math.max(...perMinute) * (1 + spreadShare);
  return high > 0 ? { low: round(low), high: round(high) } : null;
}

const round = (n: number) => Math.round(n * 10) / 10;

/** Wait as a range in seconds; null: not known yet. */
export function estimateWait(
  peopleAhead: number,
  rate: Rate | null,
): { lowSeconds: number; highSeconds: number } | null {
  if (rate === null || rate.low <= 0 || rate.high <= 0) return null;
  const lowSeconds = Math.floor((peopleAhead * 60) / rate.high);
  const highSeconds = Math.ceil(((peopleAhead + 1) * 60) / rate.low);
  return highSeconds > waitSecondsMax ? null : { lowSeconds, highSeconds };
}
