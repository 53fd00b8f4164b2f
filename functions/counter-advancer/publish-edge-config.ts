import { metrics } from '#contract/metrics.ts';
import { composeEdgeConfig, shouldPublish } from '#core/access/edge-config.ts';
import { UrrError } from '#core/errors.ts';
import type { LiveEvents } from '#core/events/ports.ts';
import type { AdvancerDeps } from './deps.ts';

/**
 * Publishes what the edge must know, if it differs from what stands in the bucket. The bucket is read each time: so a
 * slow advancer's older copy is replaced within a cycle, and an event that cannot be read keeps its last state.
 */
export async function publishEdgeConfig(deps: AdvancerDeps, live: LiveEvents): Promise<void> {
  const [previous, keys, signIn] = await Promise.all([
    deps.edgeConfig.get(),
    unlessAway(async () => (await deps.keys.get()).keys),
    unlessAway(deps.signIn),
  ]);
  const next = composeEdgeConfig({
    events: live.events,
    // The others have their last usable state among the events.
    invalidEventIds: live.invalid.flatMap(({ eventId, runsOn }) =>
      runsOn === undefined ? (eventId ?? []) : [],
    ),
    keys: keys ?? [],
    signIn,
    issuer: deps.issuer,
    previous,
    nowMs: deps.nowMs(),
  });
  if (!shouldPublish(previous, next)) return;
  await deps.edgeConfig.put(next);
  deps.telemetry.count(metrics.edgeConfigPublished);
}

/** Flags reach the edge also before the first key rotation, and while the OpenID provider is away. */
async function unlessAway<T>(read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof UrrError && error.code === 'UNAVAILABLE') return undefined;
    throw error;
  }
}
