import { cached, cachedByKey } from '#adapters/cached.ts';
import type { UrrEvent } from '#contract/event.ts';
import { UrrError } from '#core/errors.ts';
import type { EventStore } from '#core/events/ports.ts';
import type { CounterStore, Line } from '#core/line/ports.ts';
import { initialServing, type ServingState } from '#core/line/serving.ts';
import { rememberingUnknown } from '../shared/unknown-events.ts';

/** An organizer's switch and a cycle are seen here within this. */
const ttlMs = 1_000;
/** While the table is away, visitors go on by what was known: their places are safe in their tickets. */
const staleMs = 30_000;
/** Events and lines remembered at once; beyond that the oldest go. */
const entriesMax = 1_000;

/** Events and lines as the API sees them, at most a second old. */
export interface LineCache {
  /** @throws UrrError EVENT_NOT_FOUND */
  event(eventId: string): Promise<UrrEvent>;
  /** How far the line has been called; undefined: nobody has joined yet. */
  serving(line: Line): Promise<ServingState | undefined>;
  /** The same, after making the line if there is none. Its number of shards is fixed from then on. */
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

  const known = rememberingUnknown(async (eventId) => {
    const event = await events(eventId, undefined).get();
    // Made-up ids must not push out what is known of events.
    if (event === undefined) events.forget(eventId);
    return event;
  }, deps.nowMs);

  return {
    async event(eventId) {
      const event = await known(eventId);
      if (event === undefined) throw new UrrError('EVENT_NOT_FOUND', 'there is no such event');
      return event;
    },
    serving: (line) => cachedServing(line).get(),
    async ensure(line, shards) {
      const known = await cachedServing(line).get();
      if (known !== undefined) return known;
      const first = initialServing(shards, deps.nowMs());
      const isCreator = await deps.counters.createServing(line, first);
      const made = isCreator ? first : await deps.counters.serving(line, 'latest');
      // Kept at once: until the next look, every join would try to make the line again.
      if (made !== undefined) return cachedServing(line).keep(made);
      throw new UrrError('UNAVAILABLE', 'the line is being made', { retryAfterSeconds: 1 });
    },
  };
}
