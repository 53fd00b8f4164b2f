import type { UrrEvent } from '#contract/event.ts';
import { eventState } from '../events/state.ts';
import { estimateWait, measuredRate, type Rate, rateAround } from './estimate.ts';
import { comesGuess, meanStaySeconds, stayDeviation } from './observed-queue.ts';
import type { ServingState } from './serving.ts';

/** The rate set is kept to the second; this is the advancer's own unevenness. */
const ruleSpread = 0.1;
/** A second line's pace is known no better than this, however long it was watched: stays change over a sale. */
const staySpread = 0.2;

/**
 * How fast the first line moves and will move. Without a second line: as measured, until then at the rate set. With one:
 * as people leave it, limit over mean stay, more by the share that does not come, never above the rate set.
 */
export function lineRate(event: UrrEvent, line: ServingState | undefined): Rate | null {
  const { ratePerMinute, threshold } = event;
  const tier2 = line?.tier2;
  if (event.mode !== 'both' || line === undefined || tier2 === undefined)
    return measuredRate(line?.pace ?? []) ?? rateAround(ratePerMinute, ruleSpread);
  const perMinute = (threshold * 60) / meanStaySeconds(tier2) / (tier2.share ?? comesGuess);
  if (perMinute >= ratePerMinute) return rateAround(ratePerMinute, ruleSpread);
  const rate = rateAround(perMinute, Math.hypot(staySpread, stayDeviation(tier2)));
  return rate && tier2.room > 0 ? { ...rate, soon: { people: tier2.room, perMinute: ratePerMinute } } : rate;
}

/** Wait of someone in the first line as a range in seconds, the time until the opening included; null: not known. */
export function waitInLine(
  event: UrrEvent,
  line: ServingState | undefined,
  peopleAhead: number,
  nowMs: number,
): ReturnType<typeof estimateWait> {
  const state = eventState(event, nowMs);
  if (state !== 'open' && state !== 'upcoming') return null;
  const wait = estimateWait(peopleAhead, lineRate(event, line));
  if (wait === null || event.opensAt === undefined || state === 'open') return wait;
  const untilSeconds = Math.ceil((Date.parse(event.opensAt) - nowMs) / 1000);
  return {
    lowSeconds: wait.lowSeconds + untilSeconds,
    highSeconds: wait.highSeconds + untilSeconds,
  };
}
