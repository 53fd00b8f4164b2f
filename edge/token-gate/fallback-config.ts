import type { EdgeConfig } from '#contract/edge-config.ts';

/**
 * Bundled, for when nothing was ever read: no event, no key. Nobody is let through by it (docs/adr/0012): requests that
 * show something are held, the others refused.
 */
export const fallbackConfig: EdgeConfig = { version: 1, publishedAtMs: 0, issuer: '-', keys: [], events: {} };
