/**
 * Longest wait for a condition in milliseconds. It separates a hang from a busy machine and measures nothing: the times
 * that a test guarantees are shorter, and vitest's own limit is longer (vitest.config.ts).
 */
export const patienceMs = 240_000;
