/** How fast a line moves, in people per minute: the true pace lies between `low` and `high` more often than not. */
export interface Rate {
  readonly low: number;
  readonly high: number;
  /** People at the front who move faster than the rest: places are free for them, and only the rate limits them. */
  readonly soon?: { readonly people: number; readonly perMinute: number } | undefined;
}

/** Expected deviation of the next minutes from the last ones, as a share. */
const spreadShare = 0.1;
/** Half of a range, in standard deviations of random arrivals and departures: about nine waits in ten end within it. */
const deviations = 1.5;
/** Half of the widest range, as a share of its middle: a wider one has no use. */
const spreadMax = 0.75;
/** Longest wait that is estimated: beyond a day the estimate is noise. */
const waitSecondsMax = 24 * 60 * 60;

/** The range of ± `share` around a pace. Null: the line does not move. */
export function rateAround(perMinute: number, share: number): Rate | null {
  const spread = Math.min(spreadMax, share);
  return perMinute > 0
    ? { low: round(perMinute * (1 - spread)), high: round(perMinute * (1 + spread)) }
    : null;
}

/** Five significant digits, so that a slow pace keeps its precision. */
const round = (n: number) => Number(n.toPrecision(5));

/**
 * Wait as a range in seconds; null: not known yet. The range is wider for few people ahead, because arrivals and departures
 * are random, in addition to the uncertainty of the rate.
 */
export function estimateWait(
  peopleAhead: number,
  rate: Rate | null,
): { lowSeconds: number; highSeconds: number } | null {
  if (rate === null || rate.low <= 0 || rate.high <= 0) return null;
  const { people = 0, perMinute = 1 } = rate.soon ?? {};
  const steps = peopleAhead + 1;
  const soonSeconds = (Math.min(steps, people) * 60) / perMinute;
  const slowly = Math.max(0, steps - people);
  const middle = (rate.low + rate.high) / 2;
  const known = (rate.high - rate.low) / (rate.high + rate.low);
  const spread = Math.min(spreadMax, Math.sqrt(known ** 2 + deviations ** 2 / (slowly + 1)));
  const seconds = (slowly * 60) / middle;
  const lowSeconds = Math.floor((1 - spreadShare) * soonSeconds + (1 - spread) * seconds);
  const highSeconds = Math.ceil((1 + spreadShare) * soonSeconds + (1 + spread) * seconds);
  return highSeconds > waitSecondsMax ? null : { lowSeconds, highSeconds };
}
