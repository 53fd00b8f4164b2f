import type { PublishedCapacity } from './observed-queue.ts';
import type { Place } from './place.ts';
import type { ServingState } from './serving.ts';

/** One event's current line. */
export interface Line {
  readonly eventId: string;
  readonly generation: number;
}

/**
 * What tier 1 needs of its storage. Adapters throw UrrError UNAVAILABLE (with Retry-After) when the storage is away or
 * throttled; everything else is a value.
 */
export interface PlaceStore {
  find(line: Line, subject: string): Promise<Place | undefined>;
  /**
   * Stores a place if its identity has none, or has the one named by `replacesRequestId`, or one past its lifetime.
   * Whoever loses the race is told the winner's place.
   */
  put(place: Place, nowMs: number, replacesRequestId?: string): Promise<PutPlace>;
  /** Moves a place's end to later; no place of this request id, or one that ends later already, is left as it is. */
  renew(line: Line, subject: string, requestId: string, expiresAt: number): Promise<void>;
  /**
   * Marks a place claimed, once. `gone`: no such place any more, or its identity has joined again since. `at-the-door`: it
   * shares a number, and its door number, if it has one, is above `doorCalled`.
   */
  claim(
    line: Line,
    subject: string,
    requestId: string,
    nowMs: number,
    doorCalled?: number,
  ): Promise<ClaimPlace>;
  /**
   * Reserves the right to give a place its door number, to one caller at a time: parallel requests of one visitor must not
   * take several. False: it has one, or another request is taking it.
   */
  startDoor(line: Line, subject: string, requestId: string, nowMs: number): Promise<boolean>;
  /** Notes a place's door number, if it has none. */
  setDoor(line: Line, subject: string, requestId: string, doorNumber: number): Promise<void>;
  /**
   * Says that a visitor's place belongs to an account, if it belongs to none yet. `gone`: no such place any more;
   * `other`: it belongs to another account.
   */
  bind(line: Line, subject: string, requestId: string, account: string): Promise<BindPlace>;
}
export type BindPlace = 'bound' | 'gone' | 'other';
export type PutPlace = { readonly kind: 'stored' } | { readonly kind: 'existing'; readonly place: Place };
export type ClaimPlace =
  | { readonly kind: 'claimed' | 'claimed-before' | 'gone' }
  | { readonly kind: 'at-the-door'; readonly doorNumber: number | undefined };

/** A request that takes a door number and dies leaves the place to the next one after this. */
export const doorStartMs = 5_000;

/** Joins of a network in a window, over all processes. Expires by itself. */
export interface NetworkTally {
  /**
   * Adds joins and returns the new count. One write decides: each caller is given counts that nobody else is given.
   *
   * @param key event, network and window; stored as a keyed hash
   * @param endsAtSeconds end of the window, in seconds since 1970
   */
  add(key: string, joins: number, endsAtSeconds: number): Promise<number>;
}

export interface CounterStore {
  /** Next number of a shard. A repeat after a lost answer burns a number, which harms nobody (E10). */
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
  /** `latest`: sees every write that was answered before; otherwise it may be a moment old, at half the cost. */
  serving(line: Line, read: 'latest' | 'recent'): Promise<ServingState | undefined>;
  /** False: there was one already. */
  createServing(line: Line, state: ServingState): Promise<boolean>;
  /** Compare and set: false if the stored version is not `next.version - 1`. */
  replaceServing(line: Line, next: ServingState): Promise<boolean>;
  /** What tier 2 says it can take; undefined: it has said nothing yet. */
  capacity(line: Line): Promise<PublishedCapacity | undefined>;
}
