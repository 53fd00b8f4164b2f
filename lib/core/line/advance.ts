import type { UrrEvent } from '#contract/event.ts';
import { addCheckpoint, ageCalls, expireCalls } from '../checkpoints.ts';
import { eventState } from '../events/state.ts';
import { type Capacity, placesToCall, showShare } from './capacity.ts';
import { callDoor, calledTotal } from './door.ts';
import { foresee, modelSeconds } from './forecast.ts';
import { comesGuess, easeShare, learn, type ObservedQueue } from './observed-queue.ts';
import { raise, total, type Vector, waitingTotal } from './position.ts';
import { basisOf, comes } from './rate.ts';
import { handAdvancesMax, paceSamplesMax, type ServingState } from './serving.ts';

/** What a missed time may catch up: after a longer outage the line goes on at its rate, without a flood. */
export const catchUpMaxMs = 60_000;
/**
 * What the rate lends at the opening, when every place is free: as many people as tier 2 can take, at most this time's
 * worth, are called at once and earned afterwards. Within any such time from the opening the rate is kept.
 */
const openingAdvanceMs = 60_000;
/** The rate is spent in steps of this length. Ticks are multiples of it since 1970, so every advancer means the same ones. */
export const tickMs = 1_000;
/** Distance of pace samples: one default cycle. */
const paceSpacingMs = 10_000;

export interface AdvancePolicy {
  readonly ratePerMinute: number;
  readonly claimWindowMs: number;
  /** Why nobody may be called now; undefined: the line is open. */
  readonly hold: 'draft' | 'closed' | 'inactive' | 'sold-out' | 'upcoming' | 'paused' | undefined;
  /** Time before this earns nothing; undefined: no limit. */
  readonly opensAtMs: number | undefined;
  /** A line that stands still is looked at this often: a longer gap between two ticks is an outage of ours. */
  readonly cycleMs: number;
}

export interface Counters {
  /** Highest number given out per shard. */
  readonly issued: Vector;
  /** People who took their pass. Where tier 2 says how many used theirs, that counts instead. */
  readonly claimedTotal: number;
  /** Highest door number given out; absent: none. */
  readonly doorGiven?: number;
}

/** `nothing`: this tick was accounted before; there is nothing to write. */
export type AdvanceDecision =
  | { readonly kind: 'nothing' }
  | {
      readonly kind: 'advance';
      /** To be stored if the stored version is still one less. */
      readonly next: ServingState;
      readonly called: number;
      readonly held: AdvancePolicy['hold'] | 'stale-capacity';
    };

export function policyOf(event: UrrEvent, cycleMs: number, nowMs: number): AdvancePolicy {
  const state = eventState(event, nowMs);
  return {
    ratePerMinute: event.ratePerMinute,
    claimWindowMs: event.claimWindowSeconds * 1000,
    hold: state === 'open' ? undefined : state,
    opensAtMs: event.opensAt === undefined ? undefined : Date.parse(event.opensAt),
    cycleMs,
  };
}

/**
 * Decides one tick of one line. Budget = rate × time since the last accounted tick (at most a minute's worth) + carry,
 * at the opening a minute's worth in advance; never past the numbers given out, never beyond what tier 2 can take. Time in
 * which nobody may be called, or nobody is there to be called, is not banked.
 *
 * Early, doubled and overlapping ticks are harmless: the time is in the state, the state is written by compare-and-set.
 */
export function decideAdvance(
  state: ServingState,
  counters: Counters,
  capacity: Capacity,
  policy: AdvancePolicy,
  nowMs: number,
): AdvanceDecision {
  const untilMs = Math.floor(nowMs / tickMs) * tickMs;
  if (untilMs <= state.accountedUntilMs) return { kind: 'nothing' };

  const issued = highest(state.issued, counters.issued);
  const { tier2, came } = hear(state, counters, capacity);
  const kept = expireCalls(ageCalls(state, untilMs, policy.cycleMs), policy.claimWindowMs, nowMs);
  const aged = { ...kept, ...(tier2 && { tier2 }) };
  const room = placesToCall(capacity, aged, came, nowMs);
  const held = policy.hold ?? (room === 'stale' ? 'stale-capacity' : undefined);

  const earned = held === undefined ? credit(state, policy, untilMs) : Math.min(0, state.carry);
  const lent = held === undefined ? advanceAtOpening(state, policy, capacity, untilMs) : 0;
  const budget = held === undefined ? Math.max(0, Math.floor((earned + lent) / 60_000)) : 0;
  const limit = typeof room === 'number' ? Math.min(budget, room) : budget;
  // Those at the door have come and stood before whoever is called next; both spend one rate.
  const door = callDoor(state.door, counters.doorGiven ?? 0, limit);
  const raised = raise(state.serving, issued, limit - door.called);
  const called = door.called + raised.called;

  const moved: ServingState = {
    ...aged,
    version: state.version + 1,
    serving: raised.serving,
    issued,
    accountedUntilMs: untilMs,
    carry: carryOver(earned, called),
    isRunning: state.isRunning && held === undefined && waitingTotal(issued, raised.serving) > 0,
    ...(door.next && { door: door.next }),
    ...(tier2 && { tier2: { ...tier2, room: typeof room === 'number' ? Math.max(0, room - called) : 0 } }),
    updatedAtMs: nowMs,
  };
  const checked = addCheckpoint(moved, came, policy.claimWindowMs, nowMs);
  const next = addPace(checked, came, nowMs);
  return { kind: 'advance', next: lookAhead(next, capacity, policy, held === undefined), called, held };
}

/** What people in line are told from now on (forecast.ts). */
function lookAhead(
  state: ServingState,
  capacity: Capacity,
  { ratePerMinute }: AdvancePolicy,
  isOpen: boolean,
): ServingState {
  const { forecast: before, ...line } = state;
  if (ratePerMinute <= 0) return line;
  const basis = basisOf(ratePerMinute, capacity.kind === 'closed-loop' ? capacity.limit : undefined);
  const room = state.tier2?.room ?? 0;
  const forecast = foresee(before, basis, {
    atMs: state.updatedAtMs,
    called: total(state.serving),
    isOpen,
    isSteady: isOpen && room === 0 && waitingTotal(state.issued, state.serving) > 0,
    room: basis.limit === undefined ? 0 : room,
    model: modelSeconds(basis, state.tier2, comes(state.tier2)),
  });
  return { ...line, forecast };
}

/**
 * What is known of tier 2, and who has come. A worker of an older release does not say how many used their passes: until
 * another one speaks, claims stand in for them.
 */
function hear(
  state: ServingState,
  { claimedTotal }: Counters,
  capacity: Capacity,
): { readonly tier2: ObservedQueue | undefined; readonly came: number } {
  if (capacity.kind === 'rate-only') return { tier2: state.tier2, came: state.tier2?.came ?? claimedTotal };
  const now = learn(state.tier2, capacity);
  const came = capacity.arrived === undefined ? claimedTotal : now.came;
  const measured = showShare(state, came, capacity.limit, now.atMs, comesGuess);
  return { tier2: easeShare(state.tier2, now, measured), came };
}

/** Sixty-thousandths of a person earned up to `tickMs`: exact in integers, so no fraction is lost over a long sale. */
function credit(state: ServingState, policy: AdvancePolicy, untilMs: number): number {
  const fromMs = Math.max(state.accountedUntilMs, policy.opensAtMs ?? 0);
  const elapsedMs = Math.min(catchUpMaxMs, Math.max(0, untilMs - fromMs));
  return policy.ratePerMinute * elapsedMs + state.carry;
}

/** Lent at the first tick after the opening; a line that nobody's capacity limits gets one tick's worth. */
function advanceAtOpening(
  state: ServingState,
  { opensAtMs, ratePerMinute }: AdvancePolicy,
  { kind }: Capacity,
  untilMs: number,
): number {
  const isFirst = opensAtMs !== undefined && state.accountedUntilMs < opensAtMs && untilMs >= opensAtMs;
  if (!isFirst) return 0;
  return ratePerMinute * (kind === 'closed-loop' ? openingAdvanceMs : tickMs);
}

/** What was called ahead of the rate stays owed; what was earned and not called is lost but for a part of a person. */
const carryOver = (earned: number, called: number): number => {
  const left = earned - called * 60_000;
  return left < 0 ? left : earned % 60_000;
};

/** Numbers given out never fall, whatever a stale read says. Shards are fixed with the line. */
const highest = (known: Vector, read: Vector): number[] =>
  known.map((n, shard) => Math.max(n, read[shard] ?? 0));

function addPace(state: ServingState, claimed: number, nowMs: number): ServingState {
  const last = state.pace.at(-1);
  if (last !== undefined && nowMs - last.atMs < paceSpacingMs) return state;
  const sample = { atMs: nowMs, called: calledTotal(state), claimed, isRunning: state.isRunning };
  // The next sample's stretch begins now, and counts as running until a cycle says otherwise.
  return { ...state, pace: [...state.pace, sample].slice(-paceSamplesMax), isRunning: true };
}

/**
 * Calls people by an administrator's hand: beyond the rate, even while paused, but never past the numbers given out.
 * Leaves the tick's account alone.
 *
 * @param by who did it, for the audit
 */
export function advanceBy(
  state: ServingState,
  issuedNow: Vector,
  count: number,
  by: string,
  nowMs: number,
): { next: ServingState; called: number } {
  const issued = highest(state.issued, issuedNow);
  const door = callDoor(state.door, 0, count);
  const raised = raise(state.serving, issued, count - door.called);
  const called = door.called + raised.called;
  const entry = { atMs: nowMs, by, asked: count, called };
  const next: ServingState = {
    ...state,
    version: state.version + 1,
    serving: raised.serving,
    issued,
    ...(door.next && { door: door.next }),
    // A jump is no pace: the samples around it say nothing about the rate.
    isRunning: false,
    ...(state.forecast && {
      forecast: {
        ...state.forecast,
        people: Math.max(0, state.forecast.people - called),
        called: total(raised.serving),
        isSteady: false,
      },
    }),
    handAdvances: [...state.handAdvances, entry].slice(-handAdvancesMax),
    updatedAtMs: nowMs,
  };
  return { next, called };
}
