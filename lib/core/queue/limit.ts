import type { UrrEvent } from '#contract/event.ts';
import { eventState, isUngated } from '../events/state.ts';
import type { QueueLimit } from './ports.ts';

/** The event has an admission queue, and the queue is on. */
export const hasQueue = (event: UrrEvent, nowMs: number): boolean => {
  const state = eventState(event, nowMs);
  return event.mode !== 'waiting-room' && !isUngated(state);
};

/** Most shoppers inside now. 0 before the opening, during a pause, and when the event is sold out. */
export const limitNow = (event: UrrEvent, nowMs: number): number =>
  eventState(event, nowMs) === 'open' ? event.threshold : 0;

/** Orders limits without a clock, so that a worker's stale copy of the event never overwrites a newer limit. */
export const limitVersion = (event: UrrEvent): number => event.revision;

/** The limit that a worker passes to the queue. */
export const queueLimit = (event: UrrEvent, nowMs: number): QueueLimit => ({
  value: limitNow(event, nowMs),
  unpausedValue: event.threshold,
  version: limitVersion(event),
});
