import { type Position, total } from './position.ts';
import type { ServingState } from './serving.ts';

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
const windows = 2;
const checkpointsPerWindow = 4;
/** Of the time since the last tick this many cycles count at most: a longer gap is an outage of ours. */
const countedCycles = 2;

type Checkpoints = ServingState['checkpoints'];

/** Time in which no tick came does not count against those who were called (docs/adr/0106). */
export function ageCalls(state: ServingState, tickMs: number, cycleMs: number): ServingState {
  const lostMs = tickMs - state.accountedUntilMs - countedCycles * cycleMs;
  if (lostMs <= 0 || state.checkpoints.length === 0) return state;
  const checkpoints = state.checkpoints.map((at) => ({ ...at, atMs: at.atMs + lostMs }));
  return { ...state, checkpoints };
}

/**
 * Lets go of places that were called two claim windows ago: those up to the newest checkpoint that is so old. Their claims
 * are read off the checkpoint after it, when they had had time to come: a little too many, so the measured share of those
 * who come errs towards calling fewer.
 */
export function expireCalls(state: ServingState, claimWindowMs: number, nowMs: number): ServingState {
  const index = state.checkpoints.findLastIndex(({ atMs }) => atMs <= nowMs - windows * claimWindowMs);
  const over = state.checkpoints[index];
  if (over === undefined) return state;
  const settled = state.checkpoints[index + 1] ?? over;
  return {
    ...state,
    expired: state.expired.map((n, shard) => Math.max(n, over.serving[shard] ?? 0)),
    claimedOfExpired: Math.max(state.claimedOfExpired, Math.min(settled.claimed, total(over.serving))),
  };
}

export function addCheckpoint(
  state: ServingState,
  claimedTotal: number,
  claimWindowMs: number,
  nowMs: number,
): ServingState {
  const last = state.checkpoints.at(-1);
  if (last !== undefined && nowMs - last.atMs < claimWindowMs / checkpointsPerWindow) return state;
  const checkpoint = { atMs: nowMs, serving: state.serving, claimed: claimedTotal };
  return { ...state, checkpoints: [...state.checkpoints, checkpoint].slice(-checkpointsMax) };
}

/** The line had reached this level, on its furthest shard, by this time. */
export interface Reached {
  readonly level: number;
  readonly atMs: number;
}

/** The checkpoints as everyone may see them: one number instead of one per shard. */
export const reachedLevels = (checkpoints: Checkpoints): Reached[] =>
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
