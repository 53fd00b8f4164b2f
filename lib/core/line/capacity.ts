import { calledTotal } from './door.ts';
import { meanStaySeconds, type ObservedQueue, type PublishedCapacity } from './observed-queue.ts';
import type { ServingState } from './serving.ts';

/** How many people tier 2 can take. `rate-only`: only the rate limits tier 1 (tier 1 alone, or no capacity published yet). */
export type Capacity =
  | { readonly kind: 'rate-only' }
  | ({
      readonly kind: 'closed-loop';
      /** Most shoppers inside. */
      readonly limit: number;
    } & PublishedCapacity);

/** An older capacity is not used: the worker that publishes it each second may have stopped. */
export const capacityAgeMaxMs = 30_000;
/** Smallest share. Few arrivals must not make one call flood tier 2. */
const showShareMin = 0.1;
/** Least weight of the first guess, in people measured. */
const guessWeightMin = 20;
/**
 * Ages of the calls that the share counts: a prepared page responds within seconds, a slow poll takes 15 s, and a sign-in
 * takes longer. The mean of several ages keeps a burst of calls from appearing as a step.
 */
const noticeAgesMs = [5_000, 15_000, 30_000, 45_000];
/** Visitors called longer ago are no longer expected, though their claim window may still be open. A mean, likewise. */
const comeAgesMs = [15_000, 30_000, 45_000, 60_000];
/**
 * People who may wait in tier 2, in seconds of its pace. They take the places that become free while the next visitors are
 * on their way (a cycle, a poll, a page). Far below 30 s, the longest second wait allowed.
 */
const bufferSeconds = 10;

/** The part of a line's state that shows how many called people come. */
type Called = Pick<ServingState, 'serving' | 'pace' | 'door'>;

/**
 * Share of called people who come: all who came, divided by all calls that people have had time to notice. A guess is
 * added with the weight of a fifth of the limit (at least twenty people); it fades as more is measured. It is needed
 * because many are called at once at first, and few of them have had time to come.
 *
 * @param came people who have come so far: their pass was used in tier 2 (without tier 2: taken)
 * @param guess the share before anything is measured. 1: too few are called rather than too many
 */
export function showShare(state: Called, came: number, limit: number, nowMs: number, guess = 1): number {
  const noticed = ago(state, came, noticeAgesMs, nowMs);
  const weight = Math.max(guessWeightMin, limit / 5);
  return Math.min(1, Math.max(showShareMin, (came + guess * weight) / (noticed.called + weight)));
}

/**
 * People called within the last minute who are still expected: the share that comes, less those who have come. Earlier
 * calls are left out: most of these people have come or will not, and waiting for them keeps places empty.
 */
export function expectedArrivals(state: Called, came: number, share: number, nowMs: number): number {
  const before = ago(state, came, comeAgesMs, nowMs);
  const called = calledTotal(state) - before.called;
  return Math.max(0, called * share - Math.max(0, came - before.claimed));
}

/**
 * Means of the calls and of the people who came, over these ages; 0 before the first sample. Interpolates between two
 * samples: the earlier sample alone shows too few calls and therefore too large a share.
 */
function ago(
  state: Called,
  came: number,
  agesMs: readonly number[],
  nowMs: number,
): { called: number; claimed: number } {
  const known = [...state.pace, { atMs: nowMs, called: calledTotal(state), claimed: came }];
  const mean = (of: 'called' | 'claimed') =>
    agesMs.reduce((sum, ageMs) => sum + at(known, nowMs - ageMs, of), 0) / agesMs.length;
  return { called: mean('called'), claimed: mean('claimed') };
}

type Sample = Pick<Called['pace'][number], 'atMs' | 'called' | 'claimed'>;

function at(pace: readonly Sample[], atMs: number, of: 'called' | 'claimed'): number {
  const index = pace.findLastIndex((sample) => sample.atMs <= atMs);
  const before = pace[index];
  const after = pace[index + 1];
  if (before === undefined) return 0;
  if (after === undefined) return before[of];
  return before[of] + ((after[of] - before[of]) * (atMs - before.atMs)) / (after.atMs - before.atMs);
}

/** People who may wait in tier 2; at least one, so that a place that becomes free is taken at once. */
export const bufferOf = (limit: number, known: ObservedQueue | undefined): number =>
  Math.max(1, (limit * bufferSeconds) / meanStaySeconds(known));

/**
 * Most people to call now so that tier 2 is full and its own line stays short (C6.1): (free places + buffer - waiting in
 * tier 2 - expected) ÷ share that comes. Undefined: no limit. `stale`: the capacity is too old, and the line is held.
 */
export function placesToCall(
  capacity: Capacity,
  state: ServingState,
  came: number,
  nowMs: number,
): number | 'stale' | undefined {
  if (capacity.kind === 'rate-only') return undefined;
  if (nowMs - capacity.updatedAtMs > capacityAgeMaxMs) return 'stale';
  const share = showShare(state, came, capacity.limit, nowMs);
  const expected = expectedArrivals(state, came, share, nowMs);
  const room = capacity.free + bufferOf(capacity.limit, state.tier2) - capacity.queued - expected;
  // Rounding first: a quotient of 6.9999999999 is 7 people.
  return Math.max(0, Math.floor(Math.round((room / share) * 1e6) / 1e6));
}
