import type { UrrEvent } from '#contract/event.ts';
import { tickMs } from '#core/line/advance.ts';
import { runBeat, runCycle } from './cycle.ts';
import type { AdvancerDeps } from './deps.ts';

/** The period of the schedule: EventBridge's shortest. */
const periodMs = 60_000;
/** Time before Lambda's limit in which no cycle starts: longer than a cycle takes. */
const cycleReserveMs = 5_000;

/** The used part of Lambda's context. */
interface Deadline {
  getRemainingTimeInMillis(): number;
}

/**
 * Runs cycles for one minute: one at once, then one at each multiple of the cycle's length, until the next invocation is due
 * or Lambda's time nearly ends. Between two cycles, lines with waiting visitors advance each second.
 *
 *   invoked :23      :30   :40   :50   :00   :10   :20  │ :23 next invocation
 *      cycle ·······cycle·····cycle·····cycle ·· cycle  │
 *
 * Invocations may be late, repeated or overlapping: ticks are idempotent (core/line/advance.ts).
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

/** Returns the next multiple of `lengthMs`. */
const after = (nowMs: number, lengthMs: number): number => (Math.floor(nowMs / lengthMs) + 1) * lengthMs;
