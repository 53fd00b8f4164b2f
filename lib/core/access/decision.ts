import type { LineMode } from '#contract/event-names.ts';
import type { Access } from '#contract/routes.ts';

/** As much of an event as decides who may. */
export interface LineOfEvent {
  readonly generation: number;
  /** The waiting room is on. */
  readonly gated: boolean;
  readonly mode: LineMode;
}

/** What a route that is not public asks for. */
export type Proof = Exclude<Access, 'public'>;
export type LineToken = Exclude<Proof, 'user'>;

/**
 * The tokens of which one opens a route; none: no line stands before it.
 *
 * waiting room off  none: everyone is let through (C1)
 * both              pass routes: pass, or the entry token that follows it;  entry routes: entry token
 * waiting-room      both: pass (tier 1 alone: its pass opens the sale)
 * queue             pass routes: none;  entry routes: entry token (tier 2 alone)
 *
 * An entry token opens pass routes too: a shopper inside reports to the queue for longer than the pass lives.
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

/** The subjects that a request proves: the visitor by cookie, the account by access token. */
export interface Presenter {
  readonly visitor: string | undefined;
  readonly user: string | undefined;
}

/**
 * What a verified token of the event is worth to its presenter.
 *
 * own      of this line, and of the presenter
 * sign-in  of an account, and the presenter is not signed in
 * foreign  of somebody else (C6.12)
 * older    of a line before the last reset
 * newer    of a line that this copy of the event does not know yet
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
