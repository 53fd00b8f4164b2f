import { z } from 'zod';
import { meanStaySeconds, type ObservedQueue } from './observed-queue.ts';
import { roundForStorage } from './round-for-storage.ts';

const count = z.int().min(0);
const seconds = z.number().min(0);

/**
 * Forecast of the pace of tier 1, from one written state to the next. The first `people` move at one pace, because places
 * are free for them, and the rest at another.
 *
 *   wait of the n-th = min(n, people) × frontSeconds + max(0, n − people) × restSeconds        frontSeconds ≤ restSeconds
 *
 * The wait of a place lengthens by at most the factor `slowdownMax` per `slowdownMs`, whatever was measured. Another rate or
 * limit begins a new forecast.
 */
export const forecastSchema = z.object({
  atMs: count,
  ratePerMinute: z.int().min(1),
  /** Absent: only the rate limits the line. */
  limit: count.optional(),
  people: count,
  frontSeconds: seconds,
  restSeconds: seconds,
  /** Numbers called. */
  called: count,
  /** Numbers called while only the pace limited the line; decays. */
  moved: z.number().min(0),
  /** Time in which they were called; decays likewise. */
  movedSeconds: seconds,
  /** The line was open, people were left waiting, and no place was free for them. */
  isSteady: z.boolean(),
});
export type Forecast = z.infer<typeof forecastSchema>;

/** The settings that a forecast depends on. */
export type Basis = Pick<Forecast, 'ratePerMinute' | 'limit'>;

/** Longer than the age of what a page shows: 18 s between polls at the back of the line, and a state up to a cycle old. */
export const slowdownMs = 30_000;
export const slowdownMax = 1.25;
/** A wait shortens by at most the same factor per this time. */
const speedupMs = 5_000;
/** Longest time that counts between two states: a longer gap is an outage, in which the forecast stays. */
const gapMaxMs = 10_000;
/** Decay: a measurement of this age counts about a third. */
const memoryMs = 300_000;
/**
 * Least weight of the modelled pace (stays and share that comes), in people measured; otherwise four times the limit,
 * because the first calls fill the places and show no pace.
 */
const modelWeightMin = 100;
/** Weight of the first deviation, in people measured. */
const deviationPeople = 20;

export const hasBasis = (forecast: Forecast, { ratePerMinute, limit }: Basis): boolean =>
  forecast.ratePerMinute === ratePerMinute && forecast.limit === limit;

/** Seconds per called person at which tier 2 stays full: mean stay × share that comes ÷ limit; never above the rate. */
export function modelSeconds(
  { ratePerMinute, limit }: Basis,
  tier2: ObservedQueue | undefined,
  share: number,
): number {
  const fastest = 60 / ratePerMinute;
  if (limit === undefined) return fastest;
  return Math.max(fastest, (meanStaySeconds(tier2) * share) / Math.max(1, limit));
}

/** Relative standard deviation of the pace. */
export const paceDeviation = ({ moved }: Pick<Forecast, 'moved'>): number =>
  1 / Math.sqrt(moved + deviationPeople);

/** Returns the next forecast. `now`: the present state of the line. */
export function nextForecast(
  before: Forecast | undefined,
  basis: Basis,
  now: Pick<Forecast, 'atMs' | 'called' | 'isSteady'> & {
    readonly model: number;
    readonly room: number;
    readonly isOpen: boolean;
  },
): Forecast {
  const { atMs, called, isSteady } = now;
  const fastest = 60 / basis.ratePerMinute;
  const known = before !== undefined && hasBasis(before, basis) ? before : undefined;
  const elapsedMs = Math.max(0, atMs - (known?.atMs ?? atMs));
  const calledSince = Math.max(0, called - (known?.called ?? called));
  const counts = known?.isSteady === true && now.isOpen;
  const kept = counts ? Math.exp(-elapsedMs / memoryMs) : 1;
  const moved = roundForStorage((known?.moved ?? 0) * kept + (counts ? calledSince : 0));
  const movedSeconds = roundForStorage((known?.movedSeconds ?? 0) * kept + (counts ? elapsedMs / 1000 : 0));
  const modelWeight = Math.max(modelWeightMin, 4 * (basis.limit ?? 0));
  const raw = Math.max(fastest, (movedSeconds + modelWeight * now.model) / (moved + modelWeight));
  const rest = { people: now.room, frontSeconds: fastest, restSeconds: raw };
  const seen = { atMs, ...basis, called, moved, movedSeconds, isSteady };
  if (known === undefined) return { ...rest, ...seen };
  return { ...bounded(known, rest, calledSince, elapsedMs), ...seen };
}

type Paces = Pick<Forecast, 'people' | 'frontSeconds' | 'restSeconds'>;

export const waitSeconds = ({ people, frontSeconds, restSeconds }: Paces, place: number): number =>
  Math.min(place, people) * frontSeconds + Math.max(0, place - people) * restSeconds;

/**
 * Returns the forecast nearest to `seen` in which no wait lengthens by more than the elapsed time allows. People at the
 * front's pace keep it until they are called; if no places are free for them after all, that pace falls.
 */
function bounded(before: Paces, seen: Paces, called: number, elapsedMs: number): Paces {
  const ms = Math.min(gapMaxMs, elapsedMs);
  const longer = slowdownMax ** (ms / slowdownMs);
  const restSeconds = Math.max(
    before.restSeconds / slowdownMax ** (ms / speedupMs),
    Math.min(seen.restSeconds, before.restSeconds * longer),
  );
  const people = Math.max(seen.people, before.people - called);
  const front = people > 0 ? waitSeconds(seen, people) / people : seen.frontSeconds;
  const frontBefore = before.people > 0 ? before.frontSeconds : before.restSeconds;
  return { people, restSeconds, frontSeconds: Math.min(front, frontBefore * longer, restSeconds) };
}
