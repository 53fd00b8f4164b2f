import { eventIdPattern } from '#contract/event-names.ts';
import {
  accessCookie,
  eventHeader,
  openHintCookie,
  openHintHeader,
  tokenCookie,
  tokenCookiePrefix,
  tokenHeader,
  visitorCookie,
  visitorHeader,
  visitorIdPattern,
} from '#contract/token-names.ts';
import type { GateRequest } from './request.ts';
import { isPlausibleToken } from './token-syntax.ts';

/**
 * What a client shows, from cookie and header, never from the query. `conflict`: two values that differ, or a header
 * twice; nobody may choose which of them counts, so the request is refused.
 */
export type Presented =
  | { readonly state: 'none' }
  | { readonly state: 'conflict' }
  | { readonly state: 'one'; readonly value: string };

type Kind = 'pass' | 'entry';
/** As much of a request as shows tokens. */
type Shown = Pick<GateRequest, 'header' | 'cookies'>;

export function presentedToken(request: Shown, kind: Kind, eventId: string | undefined): Presented {
  const cookies = eventId === undefined ? [] : cookieValues(request, tokenCookie[kind](eventId));
  return one(cookies.concat(request.header(tokenHeader[kind])));
}

/** The visitor's secret: 32 random bytes, base64url. Anything else counts as none. */
export function presentedVisitor(request: GateRequest): Presented {
  const shown = one(cookieValues(request, visitorCookie).concat(request.header(visitorHeader)));
  return shown.state === 'one' && !visitorIdPattern.test(shown.value) ? { state: 'none' } : shown;
}

export function presentedAccessToken(request: GateRequest): Presented {
  return one(cookieValues(request, accessCookie));
}

/** "No waiting room here", says the client; see openHintCookie. */
export function hasOpenHint(request: GateRequest, eventId: string | undefined): boolean {
  if (request.header(openHintHeader)[0] === '1') return true;
  return eventId !== undefined && cookieValues(request, openHintCookie(eventId))[0] === '1';
}

/** Whether a well-formed token is shown. Of a conflict the answer is yes: the gate refuses it by name. */
export function showsToken(request: GateRequest, kind: Kind, eventId: string | undefined): boolean {
  const shown = presentedToken(request, kind, eventId);
  return shown.state === 'conflict' || (shown.state === 'one' && isPlausibleToken(shown.value));
}

/**
 * The event of a request whose path names none: the header x-urr-event; else the only event of which the browser holds
 * an entry token; else the only one of which it holds a pass. Undefined: none or several.
 */
export function namedEvent(request: Shown): Presented {
  const headers = request.header(eventHeader);
  if (headers.length > 0) {
    const header = one(headers);
    return header.state === 'one' && !eventIdPattern.test(header.value) ? { state: 'conflict' } : header;
  }
  const entry = one(familyEvents(request, tokenCookiePrefix.entry));
  return entry.state === 'none' ? one(familyEvents(request, tokenCookiePrefix.pass)) : entry;
}

function familyEvents(request: Shown, prefix: string): string[] {
  return request.cookies
    .filter((cookie) => cookie.name.indexOf(prefix) === 0)
    .map((cookie) => cookie.name.slice(prefix.length))
    .filter((eventId) => eventIdPattern.test(eventId));
}

function cookieValues(request: Shown, name: string): string[] {
  return request.cookies.filter((cookie) => cookie.name === name).map((cookie) => cookie.value);
}

function one(values: readonly string[]): Presented {
  const first = values[0];
  if (first === undefined) return { state: 'none' };
  for (let index = 1; index < values.length; index += 1) {
    if (values[index] !== first) return { state: 'conflict' };
  }
  return { state: 'one', value: first };
}
