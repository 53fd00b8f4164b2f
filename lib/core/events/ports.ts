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

/** Attributes to change; `null` takes an optional one away. A new number of shards takes effect with the next reset. */
export type EventPatch = {
  readonly [Name in Exclude<keyof UrrEvent, Unchangeable>]?: UrrEvent[Name] | null | undefined;
};

/** One attribute of an event item that does not fit the schema. */
export interface ItemProblem {
  readonly attribute: string;
  readonly problem: string;
  /** The attribute's value as JSON, cut short; undefined: there is none. */
  readonly value: string | undefined;
}

/** An event item that does not fit its schema, after a slip in the console. */
export interface InvalidEvent {
  /** Undefined: not even its key is an event id. */
  readonly eventId: string | undefined;
  readonly problems: readonly ItemProblem[];
  /** When that was first seen, ISO 8601; undefined: not yet seen by a cycle. */
  readonly unusableSince: string | undefined;
  /** When the state was kept on which the event goes on, ISO 8601; undefined: it never had one, and stands still. */
  readonly runsOn: string | undefined;
}

export interface LiveEvents {
  /** Published events; of one whose item is unusable its last usable state. */
  readonly events: readonly UrrEvent[];
  readonly drafts: readonly UrrEvent[];
  readonly invalid: readonly InvalidEvent[];
  /** There are more events on sale than one reading may list. */
  readonly isTruncated: boolean;
}

/** An event as its organizer sees it. */
export interface EventInspection {
  /** As readers take it; undefined: its item is unusable and always was. */
  readonly event: UrrEvent | undefined;
  /** Undefined: the item is usable. */
  readonly invalid: InvalidEvent | undefined;
}

export interface ResetAudit {
  readonly by: string;
  readonly reason: string;
  /** Shards of the new line; undefined: as before. */
  readonly shards?: number;
}

/**
 * Events as organizers keep them. An event whose item is unusable is read as it was last usable (core/events/last-good.ts).
 * Writers throw UrrError EVENT_NOT_FOUND when there is no such event, CONFLICT when another change came first, and
 * UNPROCESSABLE when the change is stored and the item is still unusable. All throw UNAVAILABLE when the storage is away.
 */
export interface EventStore {
  /**
   * A published event; undefined: there is none, or it is a draft.
   *
   * @param read `latest` sees every write that was answered before; otherwise it may be a moment old, at half the cost
   * @throws UrrError UNAVAILABLE also when the item is unusable and always was
   */
  get(eventId: string, read?: 'latest'): Promise<UrrEvent | undefined>;
  /** A draft too, and what is wrong with the item; undefined: there is no such event. */
  inspect(eventId: string): Promise<EventInspection | undefined>;
  /** Events on sale, from the sparse index: at most 1,000. Moments old. */
  listLive(): Promise<LiveEvents>;
  create(event: UrrEvent): Promise<void>;
  /** @param expectedUpdatedAt change it only if nobody has since; undefined: in any case */
  update(eventId: string, patch: EventPatch, expectedUpdatedAt?: string): Promise<UrrEvent>;
  /** Ends the sale: no longer live, everyone is told so. `update` with onSale 'live' takes it back. */
  close(eventId: string): Promise<UrrEvent>;
  /** Starts a new, empty line if the current one is still `expectedGeneration`; older tickets and passes are refused. */
  reset(eventId: string, expectedGeneration: number, audit: ResetAudit): Promise<UrrEvent>;
}

/** Keeps the last usable state of events, for readers of an item that a slip has made unusable. One writer: the advancer. */
export interface LastGoodKeeper {
  /** Looks at these events' items as they stand now. */
  keep(eventIds: readonly string[]): Promise<void>;
}
