import type { UrrEvent } from '#contract/event.ts';
import { UrrError } from '../errors.ts';
import { eventState, isUngated } from '../events/state.ts';
import { judgeToken, type LineToken, openersOf, type Presenter } from './decision.ts';

/**
 * Applies the rule of which tokens open a route (decision.ts).
 *
 * @throws UrrError PASS_REQUIRED, ENTRY_TOKEN_REQUIRED
 */
export function requireOpener(
  access: LineToken,
  event: UrrEvent,
  credentials: Readonly<Record<LineToken, unknown>>,
  nowMs: number,
): void {
  const gated = !isUngated(eventState(event, nowMs));
  const openers = openersOf(access, { gated, mode: event.mode });
  if (openers.length === 0 || openers.some((kind) => credentials[kind] !== undefined)) return;
  throw openers.includes('pass')
    ? new UrrError('PASS_REQUIRED', 'a valid pass is required; join the line first')
    : new UrrError('ENTRY_TOKEN_REQUIRED', 'a valid entry token is required; join the queue first');
}

/**
 * Returns the claims if the token is for the current line. A token of an older line opens nothing; one of a newer line
 * means that this copy of the event is out of date.
 *
 * @throws UrrError UNAVAILABLE, WRONG_ACCOUNT
 */
export function requireOwn<Claims extends { readonly sub: string; readonly gen: number }>(
  claims: Claims | undefined,
  event: UrrEvent,
  presenter: Presenter,
): Claims | undefined {
  if (claims === undefined) return undefined;
  switch (judgeToken(claims, event.generation, presenter)) {
    case 'own':
      return claims;
    case 'older':
      return undefined;
    case 'newer':
      throw new UrrError('UNAVAILABLE', 'the line has just been reset; please try again', {
        retryAfterSeconds: 1,
      });
    default:
      throw new UrrError('WRONG_ACCOUNT', 'this token belongs to another visitor; join the line again');
  }
}
