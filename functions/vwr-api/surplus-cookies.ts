import { parseJson } from '#adapters/json.ts';
import { type HttpRequest, setCookie } from '../shared/http.ts';

/**
 * Tokens of one kind that a browser keeps, those of other events included. With four tickets, four passes and a sign-in its
 * Cookie header stays below the 10,240 bytes that API Gateway takes.
 */
const tokensKept = 4;

/**
 * Set-Cookie lines that drop a browser's oldest tokens of a kind, so that it holds `tokensKept` together with the new one.
 * A dropped token costs nothing: the place stands under the visitor's cookie, and assign gives the token anew.
 *
 * @param prefix of the kind's cookies @param added name of the cookie that this answer sets
 */
export function dropSurplus(request: HttpRequest, prefix: string, added: string): string[] {
  const others = request.cookies
    .map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(prefix))
    .map((pair) => ({ name: pair.slice(0, pair.indexOf('=')), value: pair.slice(pair.indexOf('=') + 1) }))
    .filter(({ name }) => name !== added);
  if (others.length < tokensKept) return [];
  return others
    .map(({ name, value }) => ({ name, issuedAt: issuedAt(value) }))
    .sort((a, b) => b.issuedAt - a.issuedAt)
    .slice(tokensKept - 1)
    .map(({ name }) => setCookie(name, '', 0));
}

/** `iat` of a token that nobody has verified: it only says which one goes first. 0: it cannot be read. */
function issuedAt(token: string): number {
  const claims = parseJson(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
  const isObject = typeof claims === 'object' && claims !== null && 'iat' in claims;
  return isObject && typeof claims.iat === 'number' ? claims.iat : 0;
}
