import type { IncomingHttpHeaders } from 'node:http';
import { parseJson } from '#adapters/json.ts';
import { eventIdPattern } from '#contract/event-names.ts';
import { eventHeader, tokenCookiePrefix, tokenHeader, tokenLengthMax } from '#contract/token-names.ts';
import { UrrError } from '#core/errors.ts';

/**
 * The event that a request without one in its path means: the header x-urr-event, else the one whose entry token (or
 * pass) is shown. A choice among tokens, never a permission: the token is verified for that event afterwards.
 *
 * @throws UrrError BAD_REQUEST when none or several are meant
 */
export function namedEvent(headers: IncomingHttpHeaders): string {
  const named = headers[eventHeader];
  if (named !== undefined) return only([String(named)]);
  const byHeader = [headers[tokenHeader.entry], headers[tokenHeader.pass]].flatMap((token) =>
    typeof token === 'string' ? audienceOf(token) : [],
  );
  if (byHeader.length > 0) return only(byHeader.slice(0, 1));
  const entry = familyEvents(headers.cookie, tokenCookiePrefix.entry);
  return only(entry.length > 0 ? entry : familyEvents(headers.cookie, tokenCookiePrefix.pass));
}

function only(events: readonly string[]): string {
  const [first, ...others] = new Set(events);
  if (first === undefined || others.length > 0 || !eventIdPattern.test(first))
    throw new UrrError('BAD_REQUEST', `header ${eventHeader} must name the event`);
  return first;
}

/** Each name=value of a Cookie header costs little, and there are few. */
function familyEvents(cookies: string | undefined, prefix: string): string[] {
  return (cookies ?? '')
    .split(';')
    .map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(prefix))
    .map((pair) => pair.slice(prefix.length, pair.indexOf('=')))
    .filter((eventId) => eventIdPattern.test(eventId));
}

/** `aud` of a token that nobody has verified yet. */
function audienceOf(token: string): string[] {
  if (token.length > tokenLengthMax) return [];
  const claims = parseJson(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
  const isObject = typeof claims === 'object' && claims !== null && 'aud' in claims;
  return isObject && typeof claims.aud === 'string' ? [claims.aud] : [];
}
