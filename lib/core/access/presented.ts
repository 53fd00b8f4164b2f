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
 * What a client presents, in cookie and header, never in the query. `conflict`: two values that differ, or a header
 * twice; nobody may choose which of them counts, so the request is refused.
 *
 * Both edge functions, the workers and the Lambdas ask here. What the CloudFront Function imports of this folder keeps to
 * its JavaScript: ES 5.1 with const, let, arrow functions and templates.
 */
export type Presented =
  | { readonly state: 'none' }
  | { readonly state: 'conflict' }
  /** `isHeader`: the client keeps the value itself. */
  | { readonly state: 'one'; readonly value: string; readonly isHeader: boolean };

/** As much of a request as presents something. */
export interface Shown {
  /** Every value of a header, by lower-case name; empty if absent. */
  readonly header: (name: string) => readonly string[];
  /** Every cookie in order, repeated names too. */
  readonly cookies: readonly Pair[];
}

/** Of a request whose event is not known yet, the header alone. */
export function presentedToken(
  shown: Shown,
  kind: 'ticket' | 'pass' | 'entry',
  eventId: string | undefined,
): Presented {
  const cookies = eventId === undefined ? [] : cookieValues(shown, tokenCookie[kind](eventId));
  return one(cookies, shown.header(tokenHeader[kind]));
}

export const presentedVisitor = (shown: Shown): Presented =>
  one(cookieValues(shown, visitorCookie), shown.header(visitorHeader));

export const presentedCookie = (shown: Shown, name: string): Presented => one(cookieValues(shown, name), []);

/** The access token: the cookie of the sign-in, or `Authorization: Bearer` of a client without cookies. */
export function presentedAccess(shown: Shown): Presented {
  const bearers = shown.header('authorization').filter((value) => value.indexOf('Bearer ') === 0);
  return one(
    cookieValues(shown, accessCookie),
    bearers.map((value) => value.slice(7)),
  );
}

/**
 * The event of a request whose path names none: the header x-urr-event; else the only event of which the browser holds
 * an entry token; else the only one of which it holds a pass.
 */
export function namedEvent(shown: Shown): Presented {
  const headers = shown.header(eventHeader);
  if (headers.length > 0) {
    const named = one([], headers);
    return named.state === 'one' && !eventIdPattern.test(named.value) ? { state: 'conflict' } : named;
  }
  const entry = one(familyEvents(shown, tokenCookiePrefix.entry), []);
  return entry.state === 'none' ? one(familyEvents(shown, tokenCookiePrefix.pass), []) : entry;
}

function familyEvents(shown: Shown, prefix: string): string[] {
  return shown.cookies
    .filter((cookie) => cookie.name.indexOf(prefix) === 0)
    .map((cookie) => cookie.name.slice(prefix.length))
    .filter((eventId) => eventIdPattern.test(eventId));
}

function cookieValues(shown: Shown, name: string): string[] {
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
