import type { UrrEvent } from '#contract/event.ts';

type Unchangeable =
  | 'eventId'
  | 'generation'
  | 'createdAt'
  | 'updatedAt'
  | 'resetAt'
  | 'resetBy'
  | 'resetReason';

/** Attributes to change; `null` takes an optional one away. A new number of shards takes effect with the next reset. */
export type EventPatch = {
  readonly [Name in Exclude<keyof UrrEvent, Unchangeable>]?: UrrEvent[Name] | null | undefined;
};

/** An event item that does not fit its schema, after a slip in the console. */
export interface InvalidEvent {
  /** Undefined: not even its key is an event id. */
  readonly eventId: string | undefined;
  readonly problems: readonly string[];
}

export interface LiveEvents {
  readonly events: readonly UrrEvent[];
  readonly invalid: readonly InvalidEvent[];
  /** There are more events on sale than one reading may list. */
  readonly isTruncated: boolean;
}

export interface ResetAudit {
  readonly by: string;
  readonly reason: string;
  /** Shards of the new line; undefined: as before. */
  readonly shards?: number;
}

/**
 * Events as organizers keep them. Writers throw UrrError EVENT_NOT_FOUND when there is no such event and CONFLICT when
 * another change came first; all throw UNAVAILABLE when the storage is away.
 */
export interface EventStore {
  /** @throws UrrError INTERNAL when the item does not fit its schema */
  get(eventId: string): Promise<UrrEvent | undefined>;
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
