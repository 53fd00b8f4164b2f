import type { UrrEvent } from '#contract/event.ts';
import { tickMs } from '#core/line/advance.ts';
import { runBeat, runCycle } from './cycle.ts';
import type { AdvancerDeps } from './deps.ts';

/** The schedule's period: EventBridge cannot come more often. */
const periodMs = 60_000;
/** A cycle that is begun needs this long at most to end well. */
const cycleReserveMs = 5_000;

/** As much of Lambda's context as we use. */
export interface Deadline {
  getRemainingTimeInMillis(): number;
}

/**
 * Runs cycles for one minute: one at once, then one at each multiple of the cycle's length, until the next invocation's
 * minute begins or Lambda's time is nearly over. Between two cycles, lines in which people wait are advanced each second.
 *
 *   invoked :23      :30   :40   :50   :00   :10   :20  │ :23 next invocation
 *      cycle ·······cycle·····cycle·····cycle ·· cycle  │
 *
 * Invocations may come late, twice or overlap: ticks are idempotent (core/line/advance.ts).
 */
export const makeHandler =
  (deps: AdvancerDeps) =>
  async (_event: unknown, context: Deadline): Promise<void> => {
    const startedAtMs = deps.nowMs();
    const endMs = startedAtMs + Math.min(periodMs, context.getRemainingTimeInMillis() - cycleReserveMs);
    const turnsMax = Math.ceil(periodMs / tickMs) + 1;
    let cycleAtMs = startedAtMs;
    let moving: readonly UrrEvent[] = [];
    for (let turn = 0; turn < turnsMax; turn += 1) {
      if (deps.nowMs() >= cycleAtMs) {
        moving = await runCycle(deps);
        deps.telemetry.flush();
        cycleAtMs = after(deps.nowMs(), deps.cycleMs);
      } else {
        moving = await runBeat(deps, moving);
      }
      const nowMs = deps.nowMs();
      const nextMs = moving.length > 0 ? Math.min(cycleAtMs, after(nowMs, tickMs)) : cycleAtMs;
      if (nextMs >= endMs) break;
      await deps.sleep(Math.max(0, nextMs - nowMs));
    }
    deps.telemetry.flush();
  };

/** The next multiple of a length. */
const after = (nowMs: number, lengthMs: number): number => (Math.floor(nowMs / lengthMs) + 1) * lengthMs;
