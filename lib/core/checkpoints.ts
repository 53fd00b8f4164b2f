import { checkpointsMax } from './line/calls.ts';
import { total } from './line/position.ts';
import type { ServingState } from './line/serving.ts';

/** How called places age and are lost (calls.ts), from cycle to cycle. */
const windows = 2;
const checkpointsPerWindow = 4;
/** Of the time since the last tick this many cycles count at most: a longer gap is an outage of ours. */
const countedCycles = 2;

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
