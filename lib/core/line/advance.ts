import type { UrrEvent } from '#contract/event.ts';
import { eventState } from '../events/state.ts';
import { addArrivals, arrivingShare } from './arrivals.ts';
import { type Capacity, placesToCall } from './capacity.ts';
import { addCheckpoint, ageCalls, expireCalls } from './checkpoints.ts';
import { callDoor, calledTotal } from './door.ts';
import { modelSeconds, nextForecast } from './forecast.ts';
import { addCapacity } from './observed-queue.ts';
import { raise, total, type Vector, waitingTotal } from './position.ts';
import { basisOf } from './rate.ts';
import { handAdvancesMax, type ServingState } from './serving.ts';

/** Longest missed time that a tick makes up for. After a longer outage the line continues at its rate, without a flood. */
export const catchUpMaxMs = 60_000;
/**
 * Part of the rate that may be called in advance at the opening, when every place is free. The rate then earns it before
 * more people are called, so any interval of this length from the opening on keeps the rate.
 */
const openingAdvanceMs = 60_000;
/** The rate is spent in steps of this length. Ticks are multiples of it since 1970, so every advancer means the same ones. */
export const tickMs = 1_000;

export interface AdvancePolicy {
  readonly ratePerMinute: number;
  readonly claimWindowMs: number;
  /** The reason why nobody may be called now; undefined: the line is open. */
  readonly hold: 'draft' | 'closed' | 'inactive' | 'sold-out' | 'upcoming' | 'paused' | undefined;
  /** Time before this earns nothing; undefined: no limit. */
  readonly opensAtMs: number | undefined;
  /** Time between two ticks of a line without a beat. A longer gap is an outage of the service. */
  readonly cycleMs: number;
}

export interface Counters {
  /** Highest number given out per shard. */
  readonly issued: Vector;
  /** People who took their pass. The number of passes used counts instead where tier 2 publishes it. */
  readonly claimedTotal: number;
  /** Highest door number given out; absent: none. */
  readonly doorGiven?: number;
}

/** `nothing`: this tick has already run. */
export type AdvanceDecision =
  | { readonly kind: 'nothing' }
  | {
      readonly kind: 'advance';
      /** To be stored if the stored version is still one less. */
      readonly next: ServingState;
      readonly called: number;
      readonly held: AdvancePolicy['hold'] | 'stale-capacity';
    };

export function advancePolicyOf(event: UrrEvent, cycleMs: number, nowMs: number): AdvancePolicy {
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
 * Decides one tick of one line. Budget = rate × time since the last accounted tick (at most a minute) + carry, and at the
 * opening a minute's worth in advance. The tick never calls past the numbers given out, nor more people than tier 2 can
 * take. Time in which nobody may be called, or nobody waits, is not banked.
 *
 * Early, repeated and overlapping ticks are harmless: the state holds the time and is written by compare-and-set.
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
  const { arrivedTotal, observed } = observeQueue(state, counters, capacity);
  const tier2 = observed.tier2 ?? state.tier2;
  const kept = expireCalls(ageCalls(state, untilMs, policy.cycleMs), policy.claimWindowMs, nowMs);
  const aged = { ...kept, ...observed };
  const room = placesToCall(capacity, aged, nowMs);
  const held = policy.hold ?? (room === 'stale' ? 'stale-capacity' : undefined);

  const earned = held === undefined ? credit(state, policy, untilMs) : Math.min(0, state.carry);
  const lent = held === undefined ? advanceAtOpening(state, policy, capacity, untilMs) : 0;
  const budget = held === undefined ? Math.max(0, Math.floor((earned + lent) / 60_000)) : 0;
  const limit = typeof room === 'number' ? Math.min(budget, room) : budget;
  // Visitors at the door joined before the next numbers and are present, so they are called first, from the same budget.
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
    ...(door.next && { door: door.next }),
    ...(tier2 && { tier2: { ...tier2, room: typeof room === 'number' ? Math.max(0, room - called) : 0 } }),
    updatedAtMs: nowMs,
  };
  const next = addCheckpoint(moved, arrivedTotal, policy.claimWindowMs, nowMs);
  return { kind: 'advance', next: withForecast(next, capacity, policy, held === undefined), called, held };
}

/** The forecast that the pages show from now on (forecast.ts). */
function withForecast(
  state: ServingState,
  capacity: Capacity,
  { ratePerMinute }: AdvancePolicy,
  isOpen: boolean,
): ServingState {
  const { forecast: before, ...line } = state;
  if (ratePerMinute <= 0) return line;
  const basis = basisOf(ratePerMinute, capacity.kind === 'closed-loop' ? capacity.limit : undefined);
  const room = state.tier2?.room ?? 0;
  const forecast = nextForecast(before, basis, {
    atMs: state.updatedAtMs,
    called: total(state.serving),
    isOpen,
    isSteady: isOpen && room === 0 && waitingTotal(state.issued, state.serving) > 0,
    room: basis.limit === undefined ? 0 : room,
    model: modelSeconds(basis, state.tier2, arrivingShare(state.arrivals)),
  });
  return { ...line, forecast };
}

/**
 * Returns how many people have come, and what is known of tier 2 and of the called now. A worker of an older release does not publish
 * the number of passes used; claims count instead.
 */
function observeQueue(
  state: ServingState,
  { claimedTotal }: Counters,
  capacity: Capacity,
): { readonly arrivedTotal: number; readonly observed: Pick<ServingState, 'tier2' | 'arrivals'> } {
  if (capacity.kind === 'rate-only') return { arrivedTotal: state.tier2?.came ?? claimedTotal, observed: {} };
  const now = addCapacity(state.tier2, capacity);
  const arrivedTotal = capacity.arrived === undefined ? claimedTotal : now.came;
  const arrivals = addArrivals(state.arrivals, {
    atMs: now.atMs,
    called: calledTotal(state),
    came: arrivedTotal,
  });
  return { arrivedTotal, observed: { tier2: now, arrivals } };
}

/** Sixty-thousandths of a person earned up to `untilMs`: integers, so a long sale loses no fraction. */
function credit(state: ServingState, policy: AdvancePolicy, untilMs: number): number {
  const fromMs = Math.max(state.accountedUntilMs, policy.opensAtMs ?? 0);
  const elapsedMs = Math.min(catchUpMaxMs, Math.max(0, untilMs - fromMs));
  return policy.ratePerMinute * elapsedMs + state.carry;
}

/** Advance of the first tick after the opening. Without a capacity it is one tick's worth. */
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

/** Calls ahead of the rate stay owed. Of what was earned and not called, only the fraction of a person is kept. */
const carryOver = (earned: number, called: number): number => {
  const left = earned - called * 60_000;
  return left < 0 ? left : earned % 60_000;
};

/** Numbers given out never fall, also after a stale read. The number of shards is fixed with the line. */
const highest = (known: Vector, read: Vector): number[] =>
  known.map((n, shard) => Math.max(n, read[shard] ?? 0));

/**
 * Calls `count` people for an operator: beyond the rate, also while the line is paused, but never past the numbers given
 * out. The budget of the next tick is unchanged.
 *
 * @param by name of the operator, for the audit
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
