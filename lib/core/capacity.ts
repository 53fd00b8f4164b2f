import { total } from './position.ts';
import type { ServingState } from './serving.ts';

/**
 * How many tier 2 can take. `rate-only`: nobody limits tier 1 but its rate (tier 1 alone, or tier 2 has not spoken yet).
 */
export type Capacity =
  | { readonly kind: 'rate-only' }
  | {
      readonly kind: 'closed-loop';
      /** Places for shoppers that nobody holds. */
      readonly free: number;
      /** Waiting in tier 2 already: they take free places first. */
      readonly queued: number;
      /** People who may wait in tier 2 at least, so that a place that falls free is taken at once. */
      readonly buffer: number;
      readonly updatedAtMs: number;
    };

/** Capacity older than this is no capacity: the worker that publishes it each second may be gone. */
export const capacityAgeMaxMs = 30_000;
/** Few claims must not make the share so small that one call floods tier 2. */
const showShareMin = 0.1;
/** Calls fewer than this are no measure yet: everyone is expected to come. */
const sampleMin = 20;
/** The slowest poll is 15 s: whoever comes has noticed after this. The share is read off the calls of so long ago. */
const noticeMs = 30_000;
/** Who was called so long ago and has not come is not waited for, though the claim window may still be open. */
const comeWithinMs = 60_000;

/** Share of tier 2's limit that may wait there; at least ten people, so small sales flow too. */
export const bufferOf = (threshold: number): number => Math.max(10, Math.ceil(threshold / 50));

/**
 * People who may wait in tier 2, in seconds of its own pace: as long as a cycle, so that a place that falls free between
 * two cycles finds somebody there. A third of the wait that is still felt as none (30 s).
 */
const bufferSeconds = 10;

/** What of a line says how many come. */
type Called = Pick<ServingState, 'serving' | 'expired' | 'claimedOfExpired' | 'pace'>;

/**
 * Share of called people who come: all claims against all calls that people have had time to notice. Without such calls,
 * that of the calls whose claim window is over. 1 until enough have been measured.
 */
export function showShare(state: Called, claimedTotal: number, nowMs: number): number {
  const noticed = state.pace.findLast(({ atMs }) => atMs <= nowMs - noticeMs);
  const [called, claimed] =
    noticed === undefined ? [total(state.expired), state.claimedOfExpired] : [noticed.called, claimedTotal];
  if (called < sampleMin) return 1;
  return Math.min(1, Math.max(showShareMin, claimed / called));
}

/**
 * People called within the last minute who will still come: the share of them that comes, less those who have. Whoever was
 * called before that either came or most likely will not; counted as expected for a whole claim window, they would keep
 * places empty that nobody takes.
 */
export function expectedArrivals(state: Called, claimedTotal: number, nowMs: number): number {
  const before = state.pace.findLast(({ atMs }) => atMs <= nowMs - comeWithinMs);
  const called = total(state.serving) - (before?.called ?? total(state.expired));
  const claimed = claimedTotal - (before?.claimed ?? state.claimedOfExpired);
  return Math.max(0, called * showShare(state, claimedTotal, nowMs) - Math.max(0, claimed));
}

/** As many as tier 2 takes in ten seconds, by the claims of the last minute; 0 until that long is known. */
function paceBuffer(state: Called, claimedTotal: number, nowMs: number): number {
  const before = state.pace.findLast(({ atMs }) => atMs <= nowMs - comeWithinMs);
  if (before === undefined) return 0;
  return (Math.max(0, claimedTotal - before.claimed) * bufferSeconds * 1000) / (nowMs - before.atMs);
}

/**
 * Most people to call now so that tier 2 is full and its own line stays short (C6.1): the places free, and the buffer,
 * less who waits there and who is on the way; divided by the share that comes. Undefined: no limit. `stale`: hold.
 */
export function placesToCall(
  capacity: Capacity,
  state: ServingState,
  claimedTotal: number,
  nowMs: number,
): number | 'stale' | undefined {
  if (capacity.kind === 'rate-only') return undefined;
  if (nowMs - capacity.updatedAtMs > capacityAgeMaxMs) return 'stale';
  const share = showShare(state, claimedTotal, nowMs);
  const expected = expectedArrivals(state, claimedTotal, nowMs);
  const buffer = Math.max(capacity.buffer, paceBuffer(state, claimedTotal, nowMs));
  const room = capacity.free + buffer - capacity.queued - expected;
  // Rounding guards against 0.7 × 10 = 7.000000000000001 swallowing a place.
  return Math.max(0, Math.floor(Math.round((room / share) * 1e6) / 1e6));
}
