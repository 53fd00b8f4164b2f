import type { LineMode } from '#contract/event-names.ts';
import type { Leaf } from './route-tree.ts';

/** What a request must show, once the event is known. */
export type Requirement = 'nothing' | 'user' | 'pass' | 'entry';

/** What the gate knows of an event. */
export interface GatedEvent {
  readonly generation: number;
  readonly gated: boolean;
  readonly mode: LineMode;
}

/**
 * What a route asks for an event.
 *
 * waiting room off  nothing: everyone is let through (C1)
 * both              pass routes: pass;     entry routes: entry token
 * waiting-room      pass routes: pass;     entry routes: pass (tier 1 alone: its pass opens the sale)
 * queue             pass routes: sign-in;  entry routes: entry token (tier 2 alone). The page is free, it offers sign-in.
 */
export function requirementOf(leaf: Leaf, event: GatedEvent, hasSignIn: boolean): Requirement {
  if (leaf.access === 'public') return 'nothing';
  if (leaf.access === 'user') return 'user';
  if (!event.gated) return 'nothing';
  if (leaf.access === 'entry') return event.mode === 'waiting-room' ? 'pass' : 'entry';
  if (event.mode !== 'queue') return 'pass';
  return leaf.kind === 'api' && hasSignIn ? 'user' : 'nothing';
}

/** Who presents a token, as subjects: the visitor by cookie, the user by verified access token. */
export interface Presenter {
  readonly visitor: string | undefined;
  readonly user: string | undefined;
}

/**
 * Whether a token belongs to who presents it: a token is good in the hands of its subject alone (C6.12). With sign-in
 * an entry token belongs to a user, never to a cookie.
 */
export function isOwner(
  subject: string,
  presenter: Presenter,
  requirement: Requirement,
  hasSignIn: boolean,
): boolean {
  if (subject === presenter.user) return true;
  return subject === presenter.visitor && !(requirement === 'entry' && hasSignIn);
}
