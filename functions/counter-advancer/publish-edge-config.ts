import { metrics } from '#contract/metrics.ts';
import { composeEdgeConfig, shouldPublish } from '#core/access/edge-config.ts';
import { UrrError } from '#core/errors.ts';
import type { LiveEvents } from '#core/events/ports.ts';
import type { AdvancerDeps } from './deps.ts';

/**
 * Publishes the edge configuration if it differs from the one in the bucket. The bucket is read each time, so an older copy
 * of a slow advancer is replaced within a cycle, and an unreadable event keeps its last state.
 */
export async function publishEdgeConfig(deps: AdvancerDeps, live: LiveEvents): Promise<void> {
  const [previous, keys, signIn] = await Promise.all([
    deps.edgeConfig.get(),
    unlessAway(async () => (await deps.keys.get()).keys),
    unlessAway(deps.signIn),
  ]);
  const next = composeEdgeConfig({
    events: live.events,
    // The other unusable events are listed with their last usable state.
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

/** Switches reach the edge also before the first key rotation, and while the OpenID provider is unavailable. */
async function unlessAway<T>(read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof UrrError && error.code === 'UNAVAILABLE') return undefined;
    throw error;
  }
}
