import { type Call, callOf } from '#core/line/calls.ts';
import type { Status, Ticket } from '../shared/answers.ts';

/** Where a visitor stands (line.ts draws the ways between them). */
export type Phase =
  | 'joining'
  | 'waiting'
  | 'called'
  | 'leaving'
  | 'expired'
  | 'no-event'
  | 'sign-in'
  | 'closed'
  | 'refused';

export interface LineView {
  readonly phase: Phase;
  readonly ticket: Ticket | null;
  readonly status: Status | null;
  readonly peopleAhead: number | null;
  /** People ahead when this visitor came: where the progress bar starts. */
  readonly aheadAtJoin: number | null;
  readonly isReconnecting: boolean;
  /** Too many have joined from this network; the page asks again when it may. */
  readonly isNetworkFull: boolean;
  /** Once called: which call it is, and by when to come. */
  readonly call: Call | null;
  /** The line was started anew while this visitor waited. */
  readonly wasRestarted: boolean;
  /** The gate sent this visitor back here: usually blocked cookies. */
  readonly wasSentBack: boolean;
  readonly refusalCode: string | null;
  /** Server's clock minus this machine's. */
  readonly clockOffsetMs: number;
}

export interface Line {
  view(): LineView;
  start(): void;
  /** The tab is seen again or the network is back: ask at once, within the rate cap. */
  wake(): void;
  lostNetwork(): void;
  joinAgain(): void;
  /** The visitor presses on instead of waiting for the next try of the door. */
  departNow(): void;
  stop(): void;
}

/** Refusals that asking again cannot change. */
export function finalPhase(code: string): Phase | null {
  switch (code) {
    case 'EVENT_NOT_FOUND':
    case 'NOT_FOUND':
    case 'PATH_NOT_CANONICAL':
      return 'no-event';
    case 'NOT_SIGNED_IN':
      return 'sign-in';
    case 'BAD_REQUEST':
    case 'FORBIDDEN':
    case 'WRONG_ACCOUNT':
      return 'refused';
    default:
      return null;
  }
}

/** Nothing is known yet. */
export const initialView: LineView = {
  phase: 'joining',
  ticket: null,
  status: null,
  peopleAhead: null,
  aheadAtJoin: null,
  isReconnecting: false,
  isNetworkFull: false,
  call: null,
  wasRestarted: false,
  wasSentBack: false,
  refusalCode: null,
  clockOffsetMs: 0,
};

/**
 * The sale asks for an account: people sign in while they wait, not when their turn has come. The place stays, because
 * the visitor's cookie keeps it and assign finds it again.
 */
export const offersSignIn = (view: LineView): boolean =>
  view.phase === 'waiting' && view.ticket?.isSignedIn === false;

/** By the server's clock; null when no opening is announced or it is not upcoming. */
export function msUntilOpening(view: LineView, nowMs: number): number | null {
  if (view.status?.state !== 'upcoming' || view.status.opensAt === undefined) return null;
  return Date.parse(view.status.opensAt) - (nowMs + view.clockOffsetMs);
}

/** The call of a ticket whose number has been called. Null: the document names no window. */
export function currentCall({ ticket, status, clockOffsetMs, call }: LineView, nowMs: number): Call | null {
  if (ticket === null || status?.claimWindowSeconds === undefined) return null;
  const windowMs = status.claimWindowSeconds * 1000;
  const read = callOf(ticket.place, status.reached ?? [], windowMs, nowMs + clockOffsetMs);
  // Nobody is given more time by asking again.
  return call?.round === read.round && call.claimByMs < read.claimByMs ? call : read;
}

/** What is left of the claim window of someone who was called; null for everybody else. */
export const msToCome = ({ phase, call, clockOffsetMs }: LineView, nowMs: number): number | null =>
  phase === 'called' && call !== null ? Math.max(0, call.claimByMs - (nowMs + clockOffsetMs)) : null;
