import type { Position, Vector } from './position.ts';

/**
 * Called places and the time in which they may be claimed. Pure: the waiting page uses it too.
 *
 *   called ──(window)──▶ called again ──(window)──▶ lost
 *     after the first window another visitor is called for the room in tier 2; after the second the place is lost
 *
 * A checkpoint records how far the line had been called at a time. Nine checkpoints, a quarter of a window apart, cover
 * both windows, so a called place lasts eight to nine quarters of a window.
 */
export const checkpointsMax = 9;

/** How far the line had been called at a time, per shard. */
interface Checkpoint {
  readonly atMs: number;
  readonly serving: Vector;
}

/** By this time the line had reached this level on its furthest shard. */
interface Reached {
  readonly level: number;
  readonly atMs: number;
}

/** The checkpoints as the status document shows them: one number instead of one per shard. */
export const reachedLevels = (checkpoints: readonly Checkpoint[]): Reached[] =>
  checkpoints.map(({ atMs, serving }) => ({ level: Math.max(...serving), atMs }));

/** A call as its visitor sees it. */
export interface Call {
  /** The second call is the last. */
  readonly round: 1 | 2;
  /** By the server's clock; never later than the end that the server applies. */
  readonly claimByMs: number;
}

/**
 * Returns the call of a called position. A position beyond every checkpoint was called after the last one.
 *
 * @param nowMs by the server's clock
 */
export function callOf(
  { seq }: Position,
  reached: readonly Reached[],
  claimWindowMs: number,
  nowMs: number,
): Call {
  const calledAtMs = reached.find(({ level }) => level >= seq)?.atMs ?? nowMs;
  const firstEndMs = calledAtMs + claimWindowMs;
  return nowMs < firstEndMs
    ? { round: 1, claimByMs: firstEndMs }
    : { round: 2, claimByMs: firstEndMs + claimWindowMs };
}
