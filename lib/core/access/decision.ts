import type { LineMode } from '#contract/event-names.ts';
import type { Access } from '#contract/routes.ts';

/** The part of an event that decides access. */
export interface LineOfEvent {
  readonly generation: number;
  /** The waiting room is on. */
  readonly gated: boolean;
  readonly mode: LineMode;
}

/** The proof that a route requires, unless it is public. */
export type Proof = Exclude<Access, 'public'>;
export type LineToken = Exclude<Proof, 'user'>;

/**
 * Returns the tokens of which one opens a route. Empty: the route needs no token.
 *
 * waiting room off  none: every visitor passes (C1)
 * both              pass routes: pass, or the entry token that follows it;  entry routes: entry token
 * waiting-room      both: pass (tier 1 alone: its pass opens the sale)
 * queue             pass routes: none;  entry routes: entry token (tier 2 alone)
 *
 * An entry token also opens pass routes, because a shopper inside polls the queue for longer than a pass lives.
 */
export function openersOf(
  access: Proof,
  { gated, mode }: Omit<LineOfEvent, 'generation'>,
): readonly LineToken[] {
  if (!gated || access === 'user') return [];
  if (mode === 'waiting-room') return ['pass'];
  if (access === 'entry') return ['entry'];
  return mode === 'queue' ? [] : ['pass', 'entry'];
}

/** Subject of an account in tokens (contract/tokens.ts, subjectSchema). */
export const userSubject = (sub: string): string => `u.${sub}`;
export const isAccount = (subject: string): boolean => subject.startsWith('u.');

/** The subjects that a request proves: the visitor by its cookie, the account by its access token. */
export interface Presenter {
  readonly visitor: string | undefined;
  readonly user: string | undefined;
}

/**
 * The owner and the line of a verified token, compared with its presenter and the event.
 *
 * own      the presenter's, for the current line
 * sign-in  an account's, and the presenter is not signed in
 * foreign  another visitor's or account's (C6.12)
 * older    for a line before the last reset
 * newer    for a newer line than this copy of the event
 */
export type TokenVerdict = 'own' | 'sign-in' | 'foreign' | 'older' | 'newer';

export function judgeToken(
  token: { readonly sub: string; readonly gen: number },
  generation: number,
  presenter: Presenter,
): TokenVerdict {
  if (token.gen !== generation) return token.gen < generation ? 'older' : 'newer';
  if (token.sub === presenter.user || token.sub === presenter.visitor) return 'own';
  return isAccount(token.sub) && presenter.user === undefined ? 'sign-in' : 'foreign';
}
