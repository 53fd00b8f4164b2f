import { UrrError } from '#core/errors.ts';
import { advanceBy } from '#core/line/advance.ts';
import type { CounterStore, Line } from '#core/line/ports.ts';

/** Each lost race against the advancer costs one more attempt. It writes once per cycle, so two attempts usually suffice. */
const attemptsMax = 5;

/**
 * Calls up to `count` visitors for an operator: beyond the rate, but never past the allocated numbers. The line's state
 * records the call and the operator.
 *
 * @returns the number of called visitors
 * @throws UrrError NOT_FOUND when no visitor has joined this line yet; CONFLICT when other writes won every attempt
 */
export async function advanceManually(
  counters: Pick<CounterStore, 'serving' | 'issued' | 'replaceServing'>,
  line: Line,
  request: { readonly count: number; readonly by: string; readonly nowMs: number },
): Promise<number> {
  for (let attempt = 0; attempt < attemptsMax; attempt += 1) {
    const state = await counters.serving(line, 'latest');
    if (state === undefined)
      throw new UrrError('NOT_FOUND', 'nobody has joined this line yet, so there is nobody to call');
    // The SDK repeats a write whose response was lost. The repeat looks like a lost race and must not call twice.
    const done = state.handAdvances.find(
      ({ atMs, by, asked }) => atMs === request.nowMs && by === request.by && asked === request.count,
    );
    if (done !== undefined) return done.called;
    const issued = await counters.issued(line, state.serving.length);
    const { next, called } = advanceBy(state, issued, request.count, request.by, request.nowMs);
    if (await counters.replaceServing(line, next)) return called;
  }
  throw new UrrError('CONFLICT', 'the line changed during every attempt; please try again');
}
