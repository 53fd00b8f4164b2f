import { calledTotal } from './door.ts';
import { meanStaySeconds, type ObservedQueue, type PublishedCapacity } from './observed-queue.ts';
import type { ServingState } from './serving.ts';

/**
 * How many tier 2 can take. `rate-only`: nobody limits tier 1 but its rate (tier 1 alone, or tier 2 has not spoken yet).
 */
export type Capacity =
  | { readonly kind: 'rate-only' }
  | ({
      readonly kind: 'closed-loop';
      /** Most shoppers inside. */
      readonly limit: number;
    } & PublishedCapacity);

/** Capacity older than this is no capacity: the worker that publishes it each second may be gone. */
export const capacityAgeMaxMs = 30_000;
/** Few arrivals must not make the share so small that one call floods tier 2. */
const showShareMin = 0.1;
/** The guess before anything is measured weighs as much as so many people seen. */
const guessWeightMin = 20;
/**
 * The share is read off the calls of so long ago: a page that is ready comes within seconds, a slow poll takes 15, and who
 * signs in takes longer. Several ages, and their mean, so that a burst of calls does not pass the edge of one as a step.
 */
const noticeAgesMs = [5_000, 15_000, 30_000, 45_000];
/**
 * Who was called so long ago and has not come is not waited for, though the claim window may still be open. Several ages,
 * likewise.
 */
const comeAgesMs = [15_000, 30_000, 45_000, 60_000];
/**
 * People who may wait in tier 2, in seconds of its own pace: they take the places that fall free while the next are on
 * their way (a cycle, a poll, a page). Far below the wait that is still felt as none (30 s).
 */
const bufferSeconds = 10;

/** What of a line says how many come. */
type Called = Pick<ServingState, 'serving' | 'pace' | 'door'>;

/**
 * Share of called people who come: all who came against all calls that people have had time to notice. Without such
 * calls, that of the calls whose claim window is over. Beside it, a guess with the weight of a fifth of the limit (at least
 * twenty people), which fades as more is seen: the first calls are many at once, and few of them have had time to come.
 *
 * @param came people who have come so far: who used their pass in tier 2, or took it where there is no tier 2
 * @param guess before anything is measured: 1, when too few called is the smaller harm
 */
export function showShare(state: Called, came: number, limit: number, nowMs: number, guess = 1): number {
  const noticed = ago(state, came, noticeAgesMs, nowMs);
  const weight = Math.max(guessWeightMin, limit / 5);
  return Math.min(1, Math.max(showShareMin, (came + guess * weight) / (noticed.called + weight)));
}

/**
 * People called within the last minute who will still come: the share of them that comes, less those who have. Whoever was
 * called before that either came or most likely will not; counted as expected for a whole claim window, they would keep
 * places empty that nobody takes.
 */
export function expectedArrivals(state: Called, came: number, share: number, nowMs: number): number {
  const before = ago(state, came, comeAgesMs, nowMs);
  const called = calledTotal(state) - before.called;
  return Math.max(0, called * share - Math.max(0, came - before.claimed));
}

/**
 * Calls and comers as they stood at these ages, their mean; before the first sample, none. Between two samples in
 * proportion: read off the sample before, calls look fewer than they were, and the share greater.
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

/** People who may wait in tier 2; at least one, so that a place that falls free is taken at once. */
export const bufferOf = (limit: number, known: ObservedQueue | undefined): number =>
  Math.max(1, (limit * bufferSeconds) / meanStaySeconds(known));

/**
 * Most people to call now so that tier 2 is full and its own line stays short (C6.1): the places free, and the buffer,
 * less who waits there and who is on the way; divided by the share that comes. Undefined: no limit. `stale`: hold.
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
  // Rounding guards against 0.7 × 10 = 7.000000000000001 swallowing a place.
  return Math.max(0, Math.floor(Math.round((room / share) * 1e6) / 1e6));
}
