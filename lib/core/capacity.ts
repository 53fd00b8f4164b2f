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
      /** People who may wait in tier 2, so that a place that falls free is taken at once. */
      readonly buffer: number;
      readonly updatedAtMs: number;
    };

/** Capacity older than this is no capacity: the worker that publishes it each second may be gone. */
export const capacityAgeMaxMs = 30_000;
/** Few claims must not make the share so small that one call floods tier 2. */
const showShareMin = 0.1;
/** Expired calls fewer than this are no measure yet: everyone is expected to come. */
const sampleMin = 20;

/** Share of tier 2's limit that may wait there; at least ten people, so small sales flow too. */
export const bufferOf = (threshold: number): number => Math.max(10, Math.ceil(threshold / 50));

/**
 * Share of called people who come. Measured on those whose claim window is over, because the others may still come;
 * 1 until enough have been measured.
 */
export function showShare(state: Pick<ServingState, 'expired' | 'claimedOfExpired'>): number {
  const expired = total(state.expired);
  if (expired < sampleMin) return 1;
  return Math.min(1, Math.max(showShareMin, state.claimedOfExpired / expired));
}

/** Called people who may still come: their window is open and they have not claimed (E4). */
export function outstandingCalls(
  state: Pick<ServingState, 'serving' | 'expired' | 'claimedOfExpired'>,
  claimedTotal: number,
): number {
  const callable = total(state.serving) - total(state.expired);
  const claimedOfThem = Math.max(0, claimedTotal - state.claimedOfExpired);
  return Math.max(0, callable - claimedOfThem);
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
  const share = showShare(state);
  const expected = outstandingCalls(state, claimedTotal) * share;
  const room = capacity.free + capacity.buffer - capacity.queued - expected;
  // Rounding guards against 0.7 × 10 = 7.000000000000001 swallowing a place.
  return Math.max(0, Math.floor(Math.round((room / share) * 1e6) / 1e6));
}
