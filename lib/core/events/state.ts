import type { EventState, LineMode, UrrEvent } from '#contract/event.ts';

type Flags = Pick<UrrEvent, 'isDraft' | 'onSale' | 'isActive' | 'isSoldOut' | 'isPaused' | 'opensAt'>;

/** How an event stands now. The strongest flag comes first: a draft is a draft whatever its other flags say. */
export function eventState(event: Flags, nowMs: number): EventState {
  if (event.isDraft) return 'draft';
  if (event.onSale === undefined) return 'closed';
  if (!event.isActive) return 'inactive';
  if (event.isSoldOut) return 'sold-out';
  if (event.opensAt !== undefined && nowMs < Date.parse(event.opensAt)) return 'upcoming';
  return event.isPaused ? 'paused' : 'open';
}

/** The waiting room stands between visitors and the sale. Otherwise everyone is let through (C1). */
export const hasWaitingRoom = (event: Flags & { mode: LineMode }, nowMs: number): boolean => {
  const state = eventState(event, nowMs);
  return event.mode !== 'queue' && !opensDoors(state);
};

/** No line stands before the event: nobody is asked for a pass or an entry token. */
export const opensDoors = (state: EventState): boolean => state === 'closed' || state === 'inactive';

/** Where someone whom the waiting room lets through goes on. */
export const wayOn = (eventId: string, mode: LineMode): string =>
  mode === 'waiting-room' ? `/seats/${eventId}` : `/queue/${eventId}`;
