import { eventIdPattern } from '#contract/event-names.ts';
import {
  accessCookie,
  eventHeader,
  tokenCookie,
  tokenCookiePrefix,
  tokenHeader,
  visitorCookie,
  visitorHeader,
} from '#contract/token-names.ts';
import type { Pair } from './pairs.ts';

/**
 * A value that a client presents in a cookie or a header, never in the query. `conflict`: two values differ, or a
 * header is repeated. The request is refused, because readers could use different values.
 *
 * Both edge functions, the workers and the Lambdas use this module. What the CloudFront Function imports of this folder
 * uses only its JavaScript: ES 5.1 with const, let, arrow functions and templates.
 */
export type Presented =
  | { readonly state: 'none' }
  | { readonly state: 'conflict' }
  /** `isHeader`: the value came in a header, so the client stores its tokens itself. */
  | { readonly state: 'one'; readonly value: string; readonly isHeader: boolean };

/** The part of a request that presents values. */
export interface RequestValues {
  /** All values of a header by its name in lower case; empty if it is absent. */
  readonly header: (name: string) => readonly string[];
  /** All cookies in order, with repeated names. */
  readonly cookies: readonly Pair[];
}

/** Reads only the header if the event of the request is not known yet. */
export function presentedToken(
  shown: RequestValues,
  kind: 'ticket' | 'pass' | 'entry',
  eventId: string | undefined,
): Presented {
  const cookies = eventId === undefined ? [] : cookieValues(shown, tokenCookie[kind](eventId));
  return one(cookies, shown.header(tokenHeader[kind]));
}

export const presentedVisitor = (shown: RequestValues): Presented =>
  one(cookieValues(shown, visitorCookie), shown.header(visitorHeader));

export const presentedCookie = (shown: RequestValues, name: string): Presented =>
  one(cookieValues(shown, name), []);

/** The access token, from the sign-in cookie or from `Authorization: Bearer` of a client without cookies. */
export function presentedAccess(shown: RequestValues): Presented {
  const bearers = shown.header('authorization').filter((value) => value.indexOf('Bearer ') === 0);
  return one(
    cookieValues(shown, accessCookie),
    bearers.map((value) => value.slice(7)),
  );
}

/**
 * Returns the event that a request names outside its path: by the header x-urr-event; else the only event for which the
 * browser holds an entry token; else the only one for which it holds a pass.
 */
export function namedEvent(shown: RequestValues): Presented {
  const headers = shown.header(eventHeader);
  if (headers.length > 0) {
    const named = one([], headers);
    return named.state === 'one' && !eventIdPattern.test(named.value) ? { state: 'conflict' } : named;
  }
  const entry = one(familyEvents(shown, tokenCookiePrefix.entry), []);
  return entry.state === 'none' ? one(familyEvents(shown, tokenCookiePrefix.pass), []) : entry;
}

function familyEvents(shown: RequestValues, prefix: string): string[] {
  return shown.cookies
    .filter((cookie) => cookie.name.indexOf(prefix) === 0)
    .map((cookie) => cookie.name.slice(prefix.length))
    .filter((eventId) => eventIdPattern.test(eventId));
}

function cookieValues(shown: RequestValues, name: string): string[] {
  return shown.cookies.filter((cookie) => cookie.name === name).map((cookie) => cookie.value);
}

function one(cookies: readonly string[], headers: readonly string[]): Presented {
  const values = cookies.concat(headers);
  const value = values[0];
  if (value === undefined) return { state: 'none' };
  for (let index = 1; index < values.length; index += 1) {
    if (values[index] !== value) return { state: 'conflict' };
  }
  return { state: 'one', value, isHeader: headers.length > 0 };
}
