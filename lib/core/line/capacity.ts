import { predictArrivals } from './arrivals.ts';
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
/**
 * People who may wait in tier 2, in seconds of its pace. They take the places that become free while the next visitors are
 * on their way (a cycle, a poll, a page). Far below 30 s, the longest second wait allowed.
 */
const bufferSeconds = 10;
/** The buffer also covers a delay of the called up to this: a poll. */
const bufferedDelaySeconds = 2;

/** People who may wait in tier 2; at least one, so that a place that becomes free is taken at once. */
export const bufferOf = (limit: number, known: ObservedQueue | undefined): number =>
  Math.max(1, (limit * bufferSeconds) / meanStaySeconds(known));

/**
 * Most people to call now so that tier 2 is full and its own line stays short (C6.1): (free places + buffer + places that
 * become free until those called now come - waiting in tier 2 - expected) ÷ share that comes. Undefined: no limit.
 * `stale`: the capacity is too old, and the line is held.
 */
export function placesToCall(
  capacity: Capacity,
  { tier2, arrivals }: Pick<ServingState, 'tier2' | 'arrivals'>,
  nowMs: number,
): number | 'stale' | undefined {
  if (capacity.kind === 'rate-only') return undefined;
  if (nowMs - capacity.updatedAtMs > capacityAgeMaxMs) return 'stale';
  const { limit, free, active, queued } = capacity;
  // The first guess of 1 calls too few rather than too many.
  const { share, expected, delaySeconds } = predictArrivals(arrivals, 1);
  // Between those inside now and those inside then: nobody leaves before the first has come.
  const inside = Math.sqrt(active * Math.min(limit, active + queued + expected));
  const leaving = (inside * Math.max(0, delaySeconds - bufferedDelaySeconds)) / meanStaySeconds(tier2);
  const room = free + bufferOf(limit, tier2) + leaving - queued - expected;
  // Rounding first: a quotient of 6.9999999999 is 7 people.
  return Math.max(0, Math.floor(Math.round((room / share) * 1e6) / 1e6));
}
