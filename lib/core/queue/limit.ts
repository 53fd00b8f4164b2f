import type { UrrEvent } from '#contract/event.ts';
import { eventState, opensDoors } from '../events/state.ts';
import type { QueueLimit } from './ports.ts';

/** The event uses the admission queue, and it is on. */
export const hasQueue = (event: UrrEvent, nowMs: number): boolean => {
  const state = eventState(event, nowMs);
  return event.mode !== 'waiting-room' && !opensDoors(state);
};

/** Most shoppers inside now: nobody is let in before the opening, while paused, or when all is sold. */
export const limitNow = (event: UrrEvent, nowMs: number): number =>
  eventState(event, nowMs) === 'open' ? event.threshold : 0;

/** Orders the limits that workers bring, without a clock: a stale copy of the event never overwrites a newer one. */
export const limitVersion = (event: UrrEvent): number => event.revision;

/** The limit that a worker brings to the queue. */
export const queueLimit = (event: UrrEvent, nowMs: number): QueueLimit => ({
  value: limitNow(event, nowMs),
  most: event.threshold,
  version: limitVersion(event),
});
