import { openHintCookie, openHintHeader } from '#contract/token-names.ts';
import {
  type Presented,
  presentedAccess,
  presentedCookie,
  presentedToken,
  type RequestValues,
} from '#core/access/presented.ts';
import { isPlausibleToken } from '#core/access/token-syntax.ts';

/**
 * Form of an OpenID provider's access token. The check needs no key and keeps a flood of other values from the Lambdas.
 */
const accessPattern = /^eyJ[A-Za-z0-9_-]+\.eyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]{80,700}$/;

/**
 * Returns whether a value of the right form is presented. A conflict counts, so that the gate refuses it with its own
 * error.
 */
const shows = (presented: Presented, isPlausible: (value: string) => boolean): boolean =>
  presented.state === 'conflict' || (presented.state === 'one' && isPlausible(presented.value));

export const presentsToken = (
  shown: RequestValues,
  kind: 'pass' | 'entry',
  eventId: string | undefined,
): boolean => shows(presentedToken(shown, kind, eventId), isPlausibleToken);

export const presentsAccess = (shown: RequestValues): boolean =>
  shows(presentedAccess(shown), (value) => accessPattern.test(value));

/** Whether the client sends the hint that the waiting room is off (openHintCookie). */
export function hasOpenHint(shown: RequestValues, eventId: string | undefined): boolean {
  if (shown.header(openHintHeader)[0] === '1') return true;
  const hint: Presented =
    eventId === undefined ? { state: 'none' } : presentedCookie(shown, openHintCookie(eventId));
  return hint.state === 'one' && hint.value === '1';
}
