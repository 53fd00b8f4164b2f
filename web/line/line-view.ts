import { type Call, callOf } from '#core/line/calls.ts';
import type { Status, Ticket } from '../shared/answers.ts';

/** State of the waiting page (line.ts draws the transitions). */
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
  /** People ahead at the join: the start of the progress bar. */
  readonly aheadAtJoin: number | null;
  readonly isReconnecting: boolean;
  /** Too many have joined from this network; the page joins after Retry-After. */
  readonly isNetworkFull: boolean;
  /** The visitor's call, first or repeated, with its end. */
  readonly call: Call | null;
  /** The line was reset while this visitor waited. */
  readonly wasRestarted: boolean;
  /** The gate has sent this visitor back, usually because of blocked cookies. */
  readonly wasSentBack: boolean;
  readonly refusalCode: string | null;
  /** Server's clock minus this machine's. */
  readonly clockOffsetMs: number;
}

export interface Line {
  view(): LineView;
  start(): void;
  /** The tab is visible or the network is back: polls at once, at most once per poll gap. */
  wake(): void;
  lostNetwork(): void;
  joinAgain(): void;
  /** Redirects at once, when the visitor presses the button instead of waiting. */
  departNow(): void;
  stop(): void;
}

/** The phase of a refusal that a repeat cannot change; null: it can. */
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
 * Offers sign-in during the wait, because the sale requires an account and a sign-in after the call costs time. The visitor
 * keeps the place: assign finds it by the visitor's cookie.
 */
export const offersSignIn = (view: LineView): boolean =>
  view.phase === 'waiting' && view.ticket?.isSignedIn === false;

/** Time until the opening by the server's clock; null: the event is not upcoming, or has no opening time. */
export function msUntilOpening(view: LineView, nowMs: number): number | null {
  if (view.status?.state !== 'upcoming' || view.status.opensAt === undefined) return null;
  return Date.parse(view.status.opensAt) - (nowMs + view.clockOffsetMs);
}

/** The call of a ticket whose number has been called; null: the document has no claim window. */
export function currentCall({ ticket, status, clockOffsetMs, call }: LineView, nowMs: number): Call | null {
  if (ticket === null || status?.claimWindowSeconds === undefined) return null;
  const windowMs = status.claimWindowSeconds * 1000;
  const read = callOf(ticket.place, status.reached ?? [], windowMs, nowMs + clockOffsetMs);
  // A later document without the time of the call must not extend it.
  return call?.round === read.round && call.claimByMs < read.claimByMs ? call : read;
}

/** Rest of a called visitor's claim window; null: not called. */
export const msToCome = ({ phase, call, clockOffsetMs }: LineView, nowMs: number): number | null =>
  phase === 'called' && call !== null ? Math.max(0, call.claimByMs - (nowMs + clockOffsetMs)) : null;
