import type { UrrEvent } from '#contract/event.ts';
import { advanceBy } from '#core/advance.ts';
import { UrrError } from '#core/errors.ts';
import type { CounterStore } from '#core/line-ports.ts';
import { initialServing } from '#core/serving.ts';

/** The advancer writes the same item once a cycle; losing to it this often in a row is not chance. */
const triesMax = 8;

/**
 * Calls up to `count` people now, beside the rate and even while paused, never past the last number given out. Answers
 * how many were called. The state keeps who did it.
 */
export async function advanceByHand(
  counters: CounterStore,
  event: UrrEvent,
  count: number,
  by: string,
  nowMs: number,
): Promise<number> {
  for (let tries = 0; tries < triesMax; tries += 1) {
    const state = await counters.serving(event, 'latest');
    if (state === undefined) {
      await counters.createServing(event, initialServing(event.shards, nowMs));
      continue;
    }
    const shards = state.issued.length;
    const seen = {
      issued: await counters.issued(event, shards),
      claimedTotal: await counters.claimedTotal(event, shards),
    };
    const { next, called } = advanceBy(state, seen, count, by, nowMs);
    if (await counters.replaceServing(event, next)) return called;
  }
  throw new UrrError(
    'CONFLICT',
    `the line of ${event.eventId} was moved by others ${triesMax} times meanwhile`,
  );
}
