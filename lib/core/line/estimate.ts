/** How fast a line moves, in people per minute: the true pace lies between `low` and `high` more often than not. */
export interface Rate {
  readonly low: number;
  readonly high: number;
  /** So many people at the front go faster than the rest: places are free, and only the rate holds them back. */
  readonly soon?: { readonly people: number; readonly perMinute: number } | undefined;
}

/** The near future is like the near past, give or take this share. */
const spreadShare = 0.1;
/** Half of a range, in deviations of a line whose people come and go by chance: about nine waits in ten end within. */
const deviations = 1.5;
/** A wider range says nothing. */
const spreadMax = 0.75;
/** Beyond a day an estimate is noise: places themselves live no longer. */
const waitSecondsMax = 24 * 60 * 60;

/** A range around a pace that is known up to this share. Null: nobody moves. */
export function rateAround(perMinute: number, share: number): Rate | null {
  const spread = Math.min(spreadMax, share);
  return perMinute > 0
    ? { low: round(perMinute * (1 - spread)), high: round(perMinute * (1 + spread)) }
    : null;
}

/** Five digits, also of a slow pace: a rounded one must not look like another one. */
const round = (n: number) => Number(n.toPrecision(5));

/**
 * Wait as a range in seconds; null: not known yet. Beside the rate's own uncertainty, few people ahead are less certain
 * than many: those who come and those who leave do so by chance.
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
