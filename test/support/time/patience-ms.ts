/**
 * A wait for a condition ends after this at the latest: it tells a hang from a busy machine, and measures nothing. Below it
 * stands what a test guarantees, above it vitest's own limit (vitest.config.ts).
 */
export const patienceMs = 240_000;
