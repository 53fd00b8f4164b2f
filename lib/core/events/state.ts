import type { EventState, LineMode, UrrEvent } from '#contract/event.ts';

type Flags = Pick<UrrEvent, 'isDraft' | 'onSale' | 'isActive' | 'isSoldOut' | 'isPaused' | 'opensAt'>;

/** State of an event now. The first matching flag decides: a draft is a draft whatever its other flags say. */
export function eventState(event: Flags, nowMs: number): EventState {
  if (event.isDraft) return 'draft';
  if (event.onSale === undefined) return 'closed';
  if (!event.isActive) return 'inactive';
  if (event.isSoldOut) return 'sold-out';
  if (event.opensAt !== undefined && nowMs < Date.parse(event.opensAt)) return 'upcoming';
  return event.isPaused ? 'paused' : 'open';
}

/** The event has a waiting room, and it is on. Otherwise all visitors pass (C1). */
export const hasWaitingRoom = (event: Flags & { mode: LineMode }, nowMs: number): boolean => {
  const state = eventState(event, nowMs);
  return event.mode !== 'queue' && !isUngated(state);
};

/** In these states a request needs neither a pass nor an entry token. */
export const isUngated = (state: EventState): boolean => state === 'closed' || state === 'inactive';

/** Path of the page that follows the waiting room. */
export const nextPagePath = (eventId: string, mode: LineMode): string =>
  mode === 'waiting-room' ? `/seats/${eventId}` : `/queue/${eventId}`;
