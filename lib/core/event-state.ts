import type { EventState, LineMode, UrrEvent } from '#contract/event.ts';

type Flags = Pick<UrrEvent, 'onSale' | 'isActive' | 'isSoldOut' | 'isPaused' | 'opensAt'>;

/** How an event stands now. What rules most comes first: a closed event is closed whatever its other flags say. */
export function eventState(event: Flags, nowMs: number): EventState {
  if (event.onSale === undefined) return 'closed';
  if (!event.isActive) return 'inactive';
  if (event.isSoldOut) return 'sold-out';
  if (event.opensAt !== undefined && nowMs < Date.parse(event.opensAt)) return 'upcoming';
  return event.isPaused ? 'paused' : 'open';
}

/** The waiting room stands between visitors and the sale. Otherwise everyone is let through (C1). */
export const hasWaitingRoom = (event: Flags & { mode: LineMode }, nowMs: number): boolean => {
  const state = eventState(event, nowMs);
  return event.mode !== 'queue' && state !== 'closed' && state !== 'inactive';
};

/** Where someone whom the waiting room lets through goes on. */
export const wayOn = (eventId: string, mode: LineMode): string =>
  mode === 'waiting-room' ? `/seats/${eventId}` : `/queue/${eventId}`;
