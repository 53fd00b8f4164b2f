import { eventSchema, type UrrEvent } from '#contract/event.ts';
import { assignAnswerSchema, checkAnswerSchema } from '#contract/line-http.ts';
import { advanceBy } from '#core/line/advance.ts';
import type { VwrApiDeps } from '../../../functions/vwr-api/deps.ts';
import { createMemoryLine } from './memory-line.ts';
import { createTestApi, fixedKeys, testEvent } from './vwr-api.ts';

const startMs = 1_750_000_000_000;

/**
 * A waiting room for the event `sale`, with stores in memory, and with a clock and an organizer that the test controls.
 */
export async function room(more: Partial<UrrEvent> = {}, deps: Partial<VwrApiDeps> = {}) {
  let nowMs = startMs;
  const memory = createMemoryLine();
  const events = new Map([['sale', testEvent({ eventId: 'sale', ...more })]]);
  const reads = new Map<string, number>();
  const api = createTestApi({
    events: {
      get: async (eventId) => {
        reads.set(eventId, (reads.get(eventId) ?? 0) + 1);
        return events.get(eventId);
      },
    },
    ...memory,
    keys: await fixedKeys(startMs),
    nowMs: () => nowMs,
    more: deps,
  });
  return {
    api,
    memory,
    /** Number of reads of an event from the table. */
    reads: (eventId: string) => reads.get(eventId) ?? 0,
    later: (ms: number) => {
      nowMs += ms;
    },
    change: (patch: Partial<UrrEvent>) => {
      const before = events.get('sale');
      events.set('sale', eventSchema.parse({ ...before, ...patch }));
      nowMs += 1001;
    },
    call: async (count: number) => {
      const line = { eventId: 'sale', generation: events.get('sale')?.generation ?? 1 };
      const state = await memory.counters.serving(line, 'latest');
      if (state === undefined) throw new Error('nobody has joined');
      const issued = await memory.counters.issued(line, state.serving.length);
      await memory.counters.replaceServing(line, advanceBy(state, issued, count, 'test', nowMs).next);
      nowMs += 1001;
    },
  };
}
export const bodyOf = (answer: { body: string }) => JSON.parse(answer.body);
/** Parses a response of assign. */
export const place = (answer: { body: string }) => assignAnswerSchema.parse(bodyOf(answer));
/** Parses a response of check. */
export const turn = (answer: { body: string }) => checkAnswerSchema.parse(bodyOf(answer));
