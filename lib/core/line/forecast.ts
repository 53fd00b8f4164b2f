import { z } from 'zod';
import { meanStaySeconds, type ObservedQueue } from './observed-queue.ts';

const count = z.int().min(0);
const seconds = z.number().min(0);

/**
 * How fast a first line will move, from one written state to the next. So many people at the front go at one pace, because
 * places are free for them, and the rest at another.
 *
 *   wait of the n-th = min(n, people) × frontSeconds + max(0, n − people) × restSeconds        frontSeconds ≤ restSeconds
 *
 * The wait of a place lengthens by at most `slowerMax` in `slowerMs`, and by nothing else than time: whatever was seen.
 * Another rate or limit begins a new forecast.
 */
export const forecastSchema = z.object({
  atMs: count,
  ratePerMinute: z.int().min(1),
  /** Absent: nobody but the rate holds the line back. */
  limit: count.optional(),
  people: count,
  frontSeconds: seconds,
  restSeconds: seconds,
  /** Numbers called. */
  called: count,
  /** Numbers called while nothing but the pace held the line back, fading. */
  moved: z.number().min(0),
  /** The time that took, fading alike. */
  movedSeconds: seconds,
  /** The line was open, people were left waiting, and no place was free for them. */
  isSteady: z.boolean(),
});
export type Forecast = z.infer<typeof forecastSchema>;

/** What a forecast is for. */
export type Basis = Pick<Forecast, 'ratePerMinute' | 'limit'>;

/** Longer than the time between two answers to a page: 18 s at the back of the line, and a state may be a cycle old. */
export const slowerMs = 30_000;
export const slowerMax = 1.25;
/** The same in the other direction: a wait may shorten much faster. */
const fasterMs = 5_000;
/** Between two states so much time counts: a longer gap is an outage, in which the forecast stands. */
const gapMaxMs = 10_000;
/** What moved so long ago counts a third. */
const memoryMs = 300_000;
/**
 * Beside what moved, the pace by stays and by the share that comes weighs as much as so many people seen, and as twice the
 * limit: the first calls fill the places and are no pace.
 */
const modelWeightMin = 40;
/** The deviation before anything has moved is that of so many people seen. */
const deviationPeople = 20;

export const isFor = (forecast: Forecast, { ratePerMinute, limit }: Basis): boolean =>
  forecast.ratePerMinute === ratePerMinute && forecast.limit === limit;

/** Seconds per person as people leave the second line, more people being called than come; never above the rate. */
export function modelSeconds(
  { ratePerMinute, limit }: Basis,
  tier2: ObservedQueue | undefined,
  share: number,
): number {
  const fastest = 60 / ratePerMinute;
  if (limit === undefined) return fastest;
  return Math.max(fastest, (meanStaySeconds(tier2) * share) / Math.max(1, limit));
}

/** How well the pace is known: relative deviation. */
export const paceDeviation = ({ moved }: Pick<Forecast, 'moved'>): number =>
  1 / Math.sqrt(moved + deviationPeople);

/** The next forecast. `now`: the line as it stands. */
export function foresee(
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
  const known = before !== undefined && isFor(before, basis) ? before : undefined;
  const elapsedMs = Math.max(0, atMs - (known?.atMs ?? atMs));
  const calledSince = Math.max(0, called - (known?.called ?? called));
  const counts = known?.isSteady === true && now.isOpen;
  const kept = counts ? Math.exp(-elapsedMs / memoryMs) : 1;
  const moved = (known?.moved ?? 0) * kept + (counts ? calledSince : 0);
  const movedSeconds = (known?.movedSeconds ?? 0) * kept + (counts ? elapsedMs / 1000 : 0);
  const modelWeight = Math.max(modelWeightMin, 2 * (basis.limit ?? 0));
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
 * The nearest forecast in which nobody's wait is longer by more than the time allows. Those who go at the front's pace
 * stay so until they are called; if no places are free for them after all, that pace falls instead.
 */
function bounded(before: Paces, seen: Paces, called: number, elapsedMs: number): Paces {
  const ms = Math.min(gapMaxMs, elapsedMs);
  const longer = slowerMax ** (ms / slowerMs);
  const restSeconds = Math.max(
    before.restSeconds / slowerMax ** (ms / fasterMs),
    Math.min(seen.restSeconds, before.restSeconds * longer),
  );
  const people = Math.max(seen.people, before.people - called);
  const front = people > 0 ? waitSeconds(seen, people) / people : seen.frontSeconds;
  const frontBefore = before.people > 0 ? before.frontSeconds : before.restSeconds;
  return { people, restSeconds, frontSeconds: Math.min(front, frontBefore * longer, restSeconds) };
}
