import type { UrrEvent } from '#contract/event.ts';
import { eventState } from '../events/state.ts';
import { arrivingShare } from './arrivals.ts';
import { estimateWait, type Rate, rateAround } from './estimate.ts';
import {
  type Basis,
  type Forecast,
  hasBasis,
  modelSeconds,
  nextForecast,
  paceDeviation,
} from './forecast.ts';
import type { ServingState } from './serving.ts';

/** Uncertainty of a configured rate, as a share: the advancer's unevenness. */
const ruleSpread = 0.1;
/** Least uncertainty of tier 2's pace, as a share: stays change during a sale. */
const staySpread = 0.2;

/** Forecast rate of tier 1 as a range. Null: the configured rate is 0. */
export function lineRate(event: UrrEvent, line: ServingState | undefined): Rate | null {
  const { ratePerMinute } = event;
  if (ratePerMinute <= 0) return null;
  const basis = basisOf(
    ratePerMinute,
    event.mode === 'both' && line?.tier2 !== undefined ? event.threshold : undefined,
  );
  const known = line?.forecast;
  return asRate(
    known !== undefined && hasBasis(known, basis)
      ? known
      : nextForecast(undefined, basis, {
          ...nowhere,
          model: modelSeconds(basis, line?.tier2, arrivingShare(line?.arrivals)),
        }),
  );
}

const nowhere = { atMs: 0, called: 0, isSteady: false, isOpen: false, room: 0 };
export const basisOf = (ratePerMinute: number, limit: number | undefined): Basis => ({
  ratePerMinute,
  ...(limit !== undefined && { limit }),
});

function asRate(forecast: Forecast): Rate | null {
  const { ratePerMinute, limit, people, frontSeconds, restSeconds } = forecast;
  const isAtRate = limit === undefined || restSeconds * ratePerMinute <= 60.001;
  const rate = rateAround(
    60 / restSeconds,
    isAtRate ? ruleSpread : Math.hypot(staySpread, paceDeviation(forecast)),
  );
  return rate && people > 0 && frontSeconds < restSeconds
    ? { ...rate, soon: { people, perMinute: 60 / frontSeconds } }
    : rate;
}

/** Wait in tier 1 as a range in seconds, including the time until the opening; null: not known. */
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
