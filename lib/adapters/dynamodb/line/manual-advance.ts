import { UrrError } from '#core/errors.ts';
import { advanceBy } from '#core/line/advance.ts';
import type { CounterStore, Line } from '#core/line/ports.ts';

/** The advancer may win the race for a write; each time we look again. It writes once a cycle, so two are plenty. */
const attemptsMax = 5;

/**
 * Calls up to `count` people by an administrator's hand: beyond the rate, but never past the numbers given out. Kept in
 * the line's state with who did it.
 *
 * @returns how many were called
 * @throws UrrError NOT_FOUND when nobody has joined this line yet; CONFLICT when others kept changing it
 */
export async function advanceByHand(
  counters: Pick<CounterStore, 'serving' | 'issued' | 'replaceServing'>,
  line: Line,
  request: { readonly count: number; readonly by: string; readonly nowMs: number },
): Promise<number> {
  for (let attempt = 0; attempt < attemptsMax; attempt += 1) {
    const state = await counters.serving(line, 'latest');
    if (state === undefined) throw new UrrError('NOT_FOUND', 'nobody has joined this line yet');
    // A write whose answer was lost is tried again by the SDK, and then looks like a lost race: it must not call twice.
    const done = state.handAdvances.find(
      ({ atMs, by, asked }) => atMs === request.nowMs && by === request.by && asked === request.count,
    );
    if (done !== undefined) return done.called;
    const issued = await counters.issued(line, state.serving.length);
    const { next, called } = advanceBy(state, issued, request.count, request.by, request.nowMs);
    if (await counters.replaceServing(line, next)) return called;
  }
  throw new UrrError('CONFLICT', 'the line kept changing; please try again');
}
