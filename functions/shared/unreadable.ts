import type { OnUnreadable } from '#adapters/dynamodb/items.ts';
import { metrics } from '#contract/metrics.ts';
import type { Telemetry } from './telemetry.ts';

/** Rounds read the same item every second: it is reported once per this time. */
const reportAgainMs = 60_000;
/** Most items remembered. A full map is cleared, so every item may be reported again. */
const itemsMax = 10_000;

/** Counts and logs items that readers set aside. Names table, key and attributes; values stay out of the log. */
export function reportUnreadable(
  telemetry: Pick<Telemetry, 'count' | 'warn'>,
  nowMs: () => number,
): OnUnreadable {
  const reportedAtMs = new Map<string, number>();
  return ({ table, key, problems }) => {
    const id = `${table} ${key}`;
    const atMs = nowMs();
    if (atMs - (reportedAtMs.get(id) ?? Number.NEGATIVE_INFINITY) < reportAgainMs) return;
    if (reportedAtMs.size >= itemsMax) reportedAtMs.clear();
    reportedAtMs.set(id, atMs);
    telemetry.count(metrics.itemUnreadable);
    telemetry.warn('a stored item is unreadable and was set aside; correct the attributes', {
      table,
      key,
      problems,
    });
  };
}
