import type { PublishedCapacity } from './observed-queue.ts';
import type { Place } from './place.ts';
import type { ServingState } from './serving.ts';

/** One event's current line. */
export interface Line {
  readonly eventId: string;
  readonly generation: number;
}

/**
 * The storage of tier 1. Adapters throw UrrError UNAVAILABLE (with Retry-After) when the storage is unreachable or
 * throttled; every other outcome is a value.
 */
export interface PlaceStore {
  find(line: Line, subject: string): Promise<Place | undefined>;
  /**
   * Stores a place if its identity has none, or the one named by `replacesRequestId`, or one past its lifetime. Otherwise
   * returns the stored place.
   */
  put(place: Place, nowMs: number, replacesRequestId?: string): Promise<PutPlace>;
  /** Moves a place's end to a later time. Changes nothing if the request id differs or the stored end is later already. */
  renew(line: Line, subject: string, requestId: string, expiresAt: number): Promise<void>;
  /**
   * Marks a place claimed, once. `gone`: the place no longer exists, or its identity has joined again. `at-the-door`: it
   * shares a number, and has no door number or one above `doorCalled`.
   */
  claim(
    line: Line,
    subject: string,
    requestId: string,
    nowMs: number,
    doorCalled?: number,
  ): Promise<ClaimPlace>;
  /**
   * Reserves the assignment of a door number for one request at a time, so that parallel requests of one visitor do not
   * take several. False: the place has one, or another request is taking it.
   */
  startDoor(line: Line, subject: string, requestId: string, nowMs: number): Promise<boolean>;
  /** Stores a place's door number, if it has none. */
  setDoor(line: Line, subject: string, requestId: string, doorNumber: number): Promise<void>;
  /**
   * Binds a visitor's place to an account, if it is bound to none. `gone`: the place no longer exists; `other`: it is bound
   * to another account.
   */
  bind(line: Line, subject: string, requestId: string, account: string): Promise<BindPlace>;
}
type BindPlace = 'bound' | 'gone' | 'other';
type PutPlace = { readonly kind: 'stored' } | { readonly kind: 'existing'; readonly place: Place };
type ClaimPlace =
  | { readonly kind: 'claimed' | 'claimed-before' | 'gone' }
  | { readonly kind: 'at-the-door'; readonly doorNumber: number | undefined };

/** After this time another request may take the door number, because the first has failed. */
export const doorStartMs = 5_000;

/** Joins of a network in a window, over all processes. Expires automatically. */
export interface NetworkTally {
  /**
   * Adds joins by one write and returns the new count. No two callers receive the same counts.
   *
   * @param key event, network and window; stored as a keyed hash
   * @param endsAtSeconds end of the window, in seconds since 1970
   */
  add(key: string, joins: number, endsAtSeconds: number): Promise<number>;
}

export interface CounterStore {
  /** Next number of a shard. A repeat after a lost response loses a number, which is harmless (E10). */
  allocate(line: Line, shard: number): Promise<number>;
  /** Highest number given out, per shard. */
  issued(line: Line, shards: number): Promise<number[]>;
  /** Highest number of one shard, as of now. */
  lastNumber(line: Line, shard: number): Promise<number>;
  /** Next door number (door.ts). */
  allocateDoor(line: Line): Promise<number>;
  /** Highest door number given out. */
  doorGiven(line: Line): Promise<number>;
  addClaimed(line: Line, shard: number): Promise<void>;
  claimedTotal(line: Line, shards: number): Promise<number>;
  /** `latest`: a consistent read; `recent`: may be a moment old, at half the cost. */
  serving(line: Line, read: 'latest' | 'recent'): Promise<ServingState | undefined>;
  /** False: one already exists. */
  createServing(line: Line, state: ServingState): Promise<boolean>;
  /** Compare and set: false if the stored version is not `next.version - 1`. */
  replaceServing(line: Line, next: ServingState): Promise<boolean>;
  /** The last capacity that tier 2 published; undefined: none yet. */
  capacity(line: Line): Promise<PublishedCapacity | undefined>;
}
