import { type EdgeConfig, edgeConfigSchema, type PublicKey } from '#contract/edge-config.ts';
import type { UrrEvent } from '#contract/event.ts';

/** An unchanged configuration is published again after this time, so that its age shows whether the advancer runs. */
export const republishAfterMs = 60_000;

/**
 * Returns the configuration for the edge.
 *
 * An event with an unreadable item keeps its published state, because a slip in the console must not open or close a
 * sale nor affect others. An empty key set never replaces a published one.
 */
export function composeEdgeConfig(input: {
  readonly events: readonly UrrEvent[];
  readonly invalidEventIds: readonly string[];
  readonly keys: readonly PublicKey[];
  readonly issuer: string;
  /** Keys of the OpenID provider. Undefined: it does not respond, and the published keys stay. */
  readonly signIn: EdgeConfig['signIn'];
  readonly previous: EdgeConfig | undefined;
  readonly nowMs: number;
}): EdgeConfig {
  const { previous } = input;
  const signIn = input.signIn ?? previous?.signIn;
  const events: EdgeConfig['events'] = {};
  for (const eventId of input.invalidEventIds) {
    // `constructor` is a possible event id, so only own properties count.
    const last = previous && Object.hasOwn(previous.events, eventId) ? previous.events[eventId] : undefined;
    if (last !== undefined) events[eventId] = last;
  }
  for (const { eventId, generation, isActive, mode } of input.events) {
    events[eventId] = { generation, gated: isActive, mode };
  }
  return edgeConfigSchema.parse({
    version: 1,
    publishedAtMs: input.nowMs,
    issuer: input.issuer,
    keys: input.keys.length > 0 ? input.keys : (previous?.keys ?? []),
    events: Object.fromEntries(Object.entries(events).sort(([a], [b]) => (a < b ? -1 : 1))),
    ...(signIn === undefined ? {} : { signIn }),
  });
}

/** Whether `next` replaces the published configuration. An older one never replaces a newer one. */
export function shouldPublish(previous: EdgeConfig | undefined, next: EdgeConfig): boolean {
  if (previous === undefined) return true;
  if (previous.publishedAtMs > next.publishedAtMs) return false;
  if (next.publishedAtMs - previous.publishedAtMs >= republishAfterMs) return true;
  return content(previous) !== content(next);
}

/** The configuration without its time. Composed and parsed configurations have the same order of keys. */
const content = (config: EdgeConfig): string => JSON.stringify({ ...config, publishedAtMs: 0 });
