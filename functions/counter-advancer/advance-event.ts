import type { UrrEvent } from '#contract/event.ts';
import { metrics } from '#contract/metrics.ts';
import { advancePolicyOf, decideAdvance } from '#core/line/advance.ts';
import type { Capacity } from '#core/line/capacity.ts';
import type { Line } from '#core/line/ports.ts';
import { waitingTotal } from '#core/line/position.ts';
import { initialServing } from '#core/line/serving.ts';
import type { AdvancerDeps } from './deps.ts';

/**
 * One tick of one event's line: read, decide, conditional write. A lost conditional write means that another advancer or an
 * operator has accounted for this tick, or leaves it to the next one; the write is not repeated.
 *
 * @param isBeat true between two cycles: a tick without a call is not written
 * @returns true if visitors wait in this line, so the next second may call some of them
 */
export async function advanceEvent(
  deps: Pick<AdvancerDeps, 'counters' | 'telemetry' | 'cycleMs' | 'nowMs'>,
  event: UrrEvent,
  isBeat = false,
): Promise<boolean> {
  const line = { eventId: event.eventId, generation: event.generation };
  const state = await deps.counters.serving(line, 'latest');
  if (state === undefined) {
    await deps.counters.createServing(line, initialServing(event.shards, deps.nowMs()));
    return true;
  }
  const shards = state.serving.length;
  const capacity = await capacityOf(deps, event, line);
  const [issued, claimedTotal, doorGiven] = await Promise.all([
    deps.counters.issued(line, shards),
    deps.counters.claimedTotal(line, shards),
    deps.counters.doorGiven(line),
  ]);

  const nowMs = deps.nowMs();
  const policy = advancePolicyOf(event, deps.cycleMs, nowMs);
  const decision = decideAdvance(state, { issued, claimedTotal, doorGiven }, capacity, policy, nowMs);
  const isWaiting = waitingTotal(issued, state.serving) > 0 || doorGiven > (state.door?.called ?? 0);
  if (decision.kind === 'nothing' || (isBeat && decision.called === 0)) return isWaiting;
  if (decision.held === 'stale-capacity' && !isBeat) deps.telemetry.count(metrics.capacityStale);
  if (!(await deps.counters.replaceServing(line, decision.next))) {
    deps.telemetry.count(metrics.cyclesLost);
    return isWaiting;
  }
  if (decision.called === 0) return isWaiting;
  deps.telemetry.count(metrics.called, decision.called);
  deps.telemetry.info('called', { eventId: event.eventId, called: decision.called });
  return isWaiting;
}

/** Returns the queue's capacity for an event with a queue, once the queue has published it. */
async function capacityOf(
  deps: Pick<AdvancerDeps, 'counters'>,
  event: UrrEvent,
  line: Line,
): Promise<Capacity> {
  const published = event.mode === 'both' ? await deps.counters.capacity(line) : undefined;
  if (published === undefined) return { kind: 'rate-only' };
  return { kind: 'closed-loop', limit: event.threshold, ...published };
}
