import type { EdgeConfig } from '#contract/edge-config.ts';

/**
 * Used until a configuration has been read: without events and keys. It admits no request (docs/adr/0012): a request
 * with a plausible token is held, any other is refused.
 */
export const fallbackConfig: EdgeConfig = { version: 1, publishedAtMs: 0, issuer: '-', keys: [], events: {} };
