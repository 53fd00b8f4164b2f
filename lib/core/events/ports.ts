import type { UrrEvent } from '#contract/event.ts';

type Unchangeable =
  | 'eventId'
  | 'generation'
  | 'createdAt'
  | 'updatedAt'
  | 'revision'
  | 'resetAt'
  | 'resetBy'
  | 'resetReason';

/** Attributes to change; `null` removes an optional one. A new number of shards takes effect at the next reset. */
export type EventPatch = {
  readonly [Name in Exclude<keyof UrrEvent, Unchangeable>]?: UrrEvent[Name] | null | undefined;
};

/** One invalid attribute of an event item. */
export interface ItemProblem {
  readonly attribute: string;
  readonly problem: string;
  /** The attribute's value as JSON, shortened; undefined: the attribute is absent. */
  readonly value: string | undefined;
}

/** An invalid event item, for example after a mistake in the console. */
export interface InvalidEvent {
  /** Undefined: even its key is not an event id. */
  readonly eventId: string | undefined;
  readonly problems: readonly ItemProblem[];
  /** Time of the first cycle that found it unusable, ISO 8601; undefined: none has yet. */
  readonly unusableSince: string | undefined;
  /** Time at which the last usable state was stored, ISO 8601; undefined: there is none, and the event stands still. */
  readonly runsOn: string | undefined;
}

export interface LiveEvents {
  /** Published events. An event with an unusable item is listed in its last usable state. */
  readonly events: readonly UrrEvent[];
  readonly drafts: readonly UrrEvent[];
  readonly invalid: readonly InvalidEvent[];
  /** More events are on sale than one call lists. */
  readonly isTruncated: boolean;
}

/** An event with the problems of its item, for the organizer. */
export interface EventInspection {
  /** The state that readers use; undefined: its item has never been usable. */
  readonly event: UrrEvent | undefined;
  /** Undefined: the item is usable. */
  readonly invalid: InvalidEvent | undefined;
}

interface ResetAudit {
  readonly by: string;
  readonly reason: string;
  /** Shards of the new line; undefined: unchanged. */
  readonly shards?: number;
}

/**
 * Storage of events. An event with an unusable item is returned in its last usable state (last-good.ts). Writers throw
 * UrrError EVENT_NOT_FOUND when the event does not exist, CONFLICT when another change came first, and UNPROCESSABLE when
 * the change is stored and the item is still unusable. All calls throw UNAVAILABLE when the storage is unreachable.
 */
export interface EventStore {
  /**
   * Returns a published event; undefined: it does not exist or is a draft.
   *
   * @param read `latest`: a consistent read; otherwise it may be a moment old, at half the cost
   * @throws UrrError UNAVAILABLE also when the item has never been usable
   */
  get(eventId: string, read?: 'latest'): Promise<UrrEvent | undefined>;
  /** Returns an event, also a draft, with the problems of its item; undefined: it does not exist. */
  inspect(eventId: string): Promise<EventInspection | undefined>;
  /** Events on sale, from the sparse index: at most 1,000. Moments old. */
  listLive(): Promise<LiveEvents>;
  create(event: UrrEvent): Promise<void>;
  /** @param expectedUpdatedAt changes the event only if it is still of this time; undefined: in any case */
  update(eventId: string, patch: EventPatch, expectedUpdatedAt?: string): Promise<UrrEvent>;
  /** Closes the event: it is no longer live, and its pages say so. `update` with onSale 'live' reverts this. */
  close(eventId: string): Promise<UrrEvent>;
  /** Starts a new, empty line if the current one is still `expectedGeneration`; older tickets and passes are refused. */
  reset(eventId: string, expectedGeneration: number, audit: ResetAudit): Promise<UrrEvent>;
}

/** Stores the last usable state of events, for readers of an unusable item. One writer: the advancer. */
export interface LastGoodKeeper {
  /** Reads the items of these events and stores the state of the usable ones. */
  keep(eventIds: readonly string[]): Promise<void>;
}
