import { parseJson } from '#adapters/json.ts';
import { type HttpRequest, requestValues } from '../shared/http.ts';
import { setCookie } from '../shared/set-cookie.ts';

/**
 * Tokens of one kind that a browser keeps, over all events. With four tickets, four passes and a sign-in its Cookie header
 * stays below API Gateway's limit of 10,240 bytes.
 */
const tokensKept = 4;

/**
 * Set-Cookie lines that drop a browser's oldest tokens of a kind, so that it holds `tokensKept` together with the new one.
 * A dropped token costs nothing: the place is stored under the visitor's cookie, and assign returns the token again.
 *
 * @param prefix of the kind's cookies @param added name of the cookie that this response sets
 */
export function dropSurplus(request: HttpRequest, prefix: string, added: string): string[] {
  const others = requestValues(request).cookies.filter(
    ({ name }) => name.startsWith(prefix) && name !== added,
  );
  if (others.length < tokensKept) return [];
  return others
    .map(({ name, value }) => ({ name, issuedAt: issuedAt(value) }))
    .sort((a, b) => b.issuedAt - a.issuedAt)
    .slice(tokensKept - 1)
    .map(({ name }) => setCookie(name, '', 0));
}

/** Returns `iat` of an unverified token, which only decides the order of dropping. 0: it cannot be read. */
function issuedAt(token: string): number {
  const claims = parseJson(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
  const isObject = typeof claims === 'object' && claims !== null && 'iat' in claims;
  return isObject && typeof claims.iat === 'number' ? claims.iat : 0;
}
