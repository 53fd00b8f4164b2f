import { type EdgeConfig, edgeConfigSchema, type PublicKey } from '#contract/edge-config.ts';
import type { UrrEvent } from '#contract/event.ts';

/** Published again after this even if nothing changed, so that its age says whether the advancer lives. */
export const republishAfterMs = 60_000;

/**
 * What the edge should know now.
 *
 * An event whose item cannot be read keeps what was last published of it: a slip in the console must not open or shut a
 * running sale, nor stop the others. Likewise the keys: an empty key set never replaces a published one.
 */
export function composeEdgeConfig(input: {
  readonly events: readonly UrrEvent[];
  readonly invalidEventIds: readonly string[];
  readonly keys: readonly PublicKey[];
  readonly issuer: string;
  /** The OpenID provider; undefined: it does not answer, and what was published of it last stays. */
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

/**
 * Whether `next` should replace what is published. A slow advancer never replaces what a later one wrote.
 */
export function shouldPublish(previous: EdgeConfig | undefined, next: EdgeConfig): boolean {
  if (previous === undefined) return true;
  if (previous.publishedAtMs > next.publishedAtMs) return false;
  if (next.publishedAtMs - previous.publishedAtMs >= republishAfterMs) return true;
  return content(previous) !== content(next);
}

/** Everything but the time. Composed and parsed configurations have their keys in one order. */
const content = (config: EdgeConfig): string => JSON.stringify({ ...config, publishedAtMs: 0 });
