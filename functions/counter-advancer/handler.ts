import { runCycle } from './cycle.ts';
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
 * minute begins or Lambda's time is nearly over.
 *
 *   invoked :23      :30   :40   :50   :00   :10   :20  │ :23 next invocation
 *      cycle        cycle cycle cycle cycle cycle cycle │
 *
 * Invocations may come late, twice or overlap: ticks are idempotent (core/advance.ts).
 */
export const makeHandler =
  (deps: AdvancerDeps) =>
  async (_event: unknown, context: Deadline): Promise<void> => {
    const startedAtMs = deps.nowMs();
    const endMs = startedAtMs + Math.min(periodMs, context.getRemainingTimeInMillis() - cycleReserveMs);
    const cyclesMax = Math.ceil(periodMs / deps.cycleMs) + 1;
    for (let cycle = 0; cycle < cyclesMax; cycle += 1) {
      await runCycle(deps);
      deps.telemetry.flush();
      const nowMs = deps.nowMs();
      const nextMs = (Math.floor(nowMs / deps.cycleMs) + 1) * deps.cycleMs;
      if (nextMs >= endMs) return;
      await deps.sleep(nextMs - nowMs);
    }
  };
