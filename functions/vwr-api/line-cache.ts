import { cached, cachedByKey } from '#adapters/cached.ts';
import type { UrrEvent } from '#contract/event.ts';
import { UrrError } from '#core/errors.ts';
import type { EventStore } from '#core/events/ports.ts';
import type { CounterStore, Line } from '#core/line/ports.ts';
import { initialServing, type ServingState } from '#core/line/serving.ts';
import { cacheUnknown } from '../shared/unknown-events.ts';

/** An organizer's switch and a cycle take effect within this time. */
const ttlMs = 1_000;
/** While the table is unavailable, the last known state is used for this long: tickets keep the places. */
const staleMs = 30_000;
/** Most events and lines remembered; beyond it the oldest are dropped. */
const entriesMax = 1_000;

/** Cached events and lines, at most a second old. */
export interface LineCache {
  /** @throws UrrError EVENT_NOT_FOUND */
  event(eventId: string): Promise<UrrEvent>;
  /** Returns how far the line has been called; undefined: no visitor has joined yet. */
  serving(line: Line): Promise<ServingState | undefined>;
  /** Returns the same, and creates the line if there is none. Its number of shards is then fixed. */
  ensure(line: Line, shards: number): Promise<ServingState>;
}

export function createLineCache(deps: {
  readonly events: Pick<EventStore, 'get'>;
  readonly counters: Pick<CounterStore, 'serving' | 'createServing'>;
  readonly nowMs: () => number;
}): LineCache {
  const options = { ttlMs, refreshGapMs: ttlMs, staleMs, nowMs: deps.nowMs };
  const events = cachedByKey(entriesMax, (eventId) => cached(() => deps.events.get(eventId), options));
  const lines = cachedByKey(entriesMax, (_key, line: Line) =>
    cached(() => deps.counters.serving(line, 'recent'), options),
  );
  const cachedServing = (line: Line) => lines(`${line.eventId}#${line.generation}`, line);

  const known = cacheUnknown(async (eventId) => {
    const event = await events(eventId, undefined).get();
    // Invented ids must not evict cached events.
    if (event === undefined) events.forget(eventId);
    return event;
  }, deps.nowMs);

  return {
    async event(eventId) {
      const event = await known(eventId);
      if (event === undefined) throw new UrrError('EVENT_NOT_FOUND', 'this event does not exist');
      return event;
    },
    serving: (line) => cachedServing(line).get(),
    async ensure(line, shards) {
      const known = await cachedServing(line).get();
      if (known !== undefined) return known;
      const first = initialServing(shards, deps.nowMs());
      const isCreator = await deps.counters.createServing(line, first);
      const made = isCreator ? first : await deps.counters.serving(line, 'latest');
      // Cached at once: until the next read, every join would otherwise try to create the line again.
      if (made !== undefined) return cachedServing(line).keep(made);
      throw new UrrError('UNAVAILABLE', 'the line is being created; please try again', {
        retryAfterSeconds: 1,
      });
    },
  };
}
