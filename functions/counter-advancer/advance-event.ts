import type { UrrEvent } from '#contract/event.ts';
import { metrics } from '#contract/metrics.ts';
import { decideAdvance, policyOf } from '#core/advance.ts';
import { bufferOf, type Capacity } from '#core/capacity.ts';
import type { Line } from '#core/line-ports.ts';
import { initialServing } from '#core/serving.ts';
import type { AdvancerDeps } from './deps.ts';

/**
 * One tick of one event's line: read → decide → compare and set. Who loses the write lost to another advancer or to a
 * hand, which has accounted the tick or leaves it to the next; nothing is tried again.
 */
export async function advanceEvent(deps: AdvancerDeps, event: UrrEvent): Promise<void> {
  const line = { eventId: event.eventId, generation: event.generation };
  const state = await deps.counters.serving(line, 'latest');
  if (state === undefined) {
    await deps.counters.createServing(line, initialServing(event.shards, deps.nowMs()));
    return;
  }
  const shards = state.serving.length;
  const capacity = await capacityOf(deps, event, line);
  const [issued, claimedTotal] = await Promise.all([
    deps.counters.issued(line, shards),
    deps.counters.claimedTotal(line, shards),
  ]);

  const nowMs = deps.nowMs();
  const policy = policyOf(event, deps.cycleMs, nowMs);
  const decision = decideAdvance(state, { issued, claimedTotal }, capacity, policy, nowMs);
  if (decision.kind === 'nothing') return;
  if (decision.held === 'stale-capacity') deps.telemetry.count(metrics.capacityStale);
  if (!(await deps.counters.replaceServing(line, decision.next))) {
    deps.telemetry.count(metrics.cyclesLost);
    return;
  }
  if (decision.called === 0) return;
  deps.telemetry.count(metrics.called, decision.called);
  deps.telemetry.info('called', { eventId: event.eventId, called: decision.called });
}

/** An event with a second line listens to it as soon as it has spoken. */
async function capacityOf(deps: AdvancerDeps, event: UrrEvent, line: Line): Promise<Capacity> {
  const published = event.mode === 'both' ? await deps.counters.capacity(line) : undefined;
  if (published === undefined) return { kind: 'rate-only' };
  const { free, queued, updatedAtMs } = published;
  return { kind: 'closed-loop', free, queued, updatedAtMs, buffer: bufferOf(event.threshold) };
}
