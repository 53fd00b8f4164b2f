import { checkpointsMax } from './calls.ts';
import { total } from './position.ts';
import type { ServingState } from './serving.ts';

/** Claim windows after which a called place is lost (calls.ts). */
const windows = 2;
const checkpointsPerWindow = 4;
/** Most cycles that count of the time between two ticks: a longer gap is an outage of the service. */
const countedCycles = 2;

/** Moves the checkpoints so that an outage without ticks does not count against called visitors (docs/adr/0106). */
export function ageCalls(state: ServingState, tickMs: number, cycleMs: number): ServingState {
  const lostMs = tickMs - state.accountedUntilMs - countedCycles * cycleMs;
  if (lostMs <= 0 || state.checkpoints.length === 0) return state;
  const checkpoints = state.checkpoints.map((at) => ({ ...at, atMs: at.atMs + lostMs }));
  return { ...state, checkpoints };
}

/**
 * Expires the places that were called two claim windows ago, up to the newest checkpoint of that age. Their claims are read
 * from the next checkpoint, which leaves them time to come. It includes a few later claims, so the measured share is too
 * large rather than too small, and fewer people are called.
 */
export function expireCalls(state: ServingState, claimWindowMs: number, nowMs: number): ServingState {
  const index = state.checkpoints.findLastIndex(({ atMs }) => atMs <= nowMs - windows * claimWindowMs);
  const lost = state.checkpoints[index];
  if (lost === undefined) return state;
  const settled = state.checkpoints[index + 1] ?? lost;
  return {
    ...state,
    expired: state.expired.map((n, shard) => Math.max(n, lost.serving[shard] ?? 0)),
    claimedOfExpired: Math.max(state.claimedOfExpired, Math.min(settled.claimed, total(lost.serving))),
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
