import type { Position, Vector } from './position.ts';

/**
 * Called places and how long they may be claimed. Pure; the waiting page computes with it too.
 *
 *   called ──(window)──▶ called again ──(window)──▶ lost
 *     its place in tier 2 is given on after the first window; the place in the line is lost after the second
 *
 * Checkpoints say where the line stood when. Nine of them a quarter of the window apart cover both windows, so a place
 * lives from eight to nine quarters of a window.
 */
export const checkpointsMax = 9;

/** Where the line stood at a time, per shard. */
export interface Checkpoint {
  readonly atMs: number;
  readonly serving: Vector;
}

/** The line had reached this level, on its furthest shard, by this time. */
export interface Reached {
  readonly level: number;
  readonly atMs: number;
}

/** The checkpoints as everyone may see them: one number instead of one per shard. */
export const reachedLevels = (checkpoints: readonly Checkpoint[]): Reached[] =>
  checkpoints.map(({ atMs, serving }) => ({ level: Math.max(...serving), atMs }));

/** A call as its visitor sees it. */
export interface Call {
  /** The second call is the last. */
  readonly round: 1 | 2;
  /** By the server's clock; never later than the server's own end of the window. */
  readonly claimByMs: number;
}

/**
 * The call of a position that has been called. One that no checkpoint covers was called since the last one.
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
