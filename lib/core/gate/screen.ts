import { ownCookiePrefix } from '#contract/token-names.ts';
import { isCanonicalPath } from './canonical.ts';
import { isForbiddenHeader } from './headers.ts';
import { screenQuery } from './query.ts';
import { type Refusal, refuse } from './refusal.ts';
import type { GateRequest, Pair } from './request.ts';
import { type Leaf, matchRoute, type RouteTree } from './route-tree.ts';

export interface Screened {
  readonly outcome: 'match';
  readonly leaf: Leaf;
  readonly eventId: string | undefined;
}

/** API Gateway takes 10,240 bytes of headers; browsers keep 180 cookies per host. Ours are a dozen, up to 4 KB each. */
export const cookieBytesMax = 10_240;
export const cookiesMax = 200;

const notFoundPage =
  '<!doctype html><html lang="ko"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>URR</title><p>페이지를 찾을 수 없습니다 · <span lang="en">This page does not exist</span><p><a href="/">URR</a></html>';

const methods = ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'];

/**
 * Everything that can be said of a request without a key or a configuration: one spelling of path, method, headers,
 * cookies and query, and a route of the table. Both edge functions ask it: CloudFront lets a request go on when a
 * CloudFront Function fails, so the gate cannot take its word.
 */
export function screen(request: GateRequest, tree: RouteTree): Screened | Refusal {
  if (methods.indexOf(request.method) < 0) return refuse('BAD_REQUEST', 'unknown method');
  if (!isCanonicalPath(request.path)) return refuse('PATH_NOT_CANONICAL', 'the path is not canonical');
  return (
    screenHeaders(request) ||
    screenCookies(request.cookies) ||
    screenQuery(request.query) ||
    route(request, tree)
  );
}

function route(request: GateRequest, tree: RouteTree): Screened | Refusal {
  const path = request.path;
  const found = matchRoute(tree, request.method, path);
  if (found.outcome === 'match') return found;
  if (found.outcome === 'method') {
    return {
      outcome: 'refuse',
      status: 405,
      code: 'METHOD_NOT_ALLOWED',
      error: `this path answers to ${found.allow}`,
      allow: found.allow,
    };
  }
  if (path !== path.toLowerCase()) return refuse('PATH_NOT_CANONICAL', 'paths are lower-case');
  if (/^\/(?:vwr-)?api(?:\/|$)/.test(path)) return refuse('FORBIDDEN', 'there is no such route');
  return { outcome: 'refuse', status: 404, code: 'NOT_FOUND', error: 'not found', page: notFoundPage };
}

function screenHeaders(request: GateRequest): Refusal | undefined {
  if (request.headerNames.some(isForbiddenHeader)) return refuse('BAD_REQUEST', 'a header is not accepted');
  const coding = request.header('transfer-encoding');
  const length = request.header('content-length');
  // Two ways to say where the body ends: request smuggling.
  if (coding.length > 1 || length.length > 1 || (coding.length === 1 && length.length === 1)) {
    return refuse('BAD_REQUEST', 'the length of the body is ambiguous');
  }
  if (coding.length === 1 && coding[0] !== 'chunked')
    return refuse('BAD_REQUEST', 'unknown transfer-encoding');
  if (length.length === 1 && !/^\d{1,10}$/.test(`${length[0]}`)) {
    return refuse('BAD_REQUEST', 'content-length is no number');
  }
  return undefined;
}

/** A name of ours twice: which one counts would depend on who reads (the gate, the worker). Refused. */
function screenCookies(cookies: readonly Pair[]): Refusal | undefined {
  if (cookies.length > cookiesMax) return refuse('BAD_REQUEST', 'too many cookies');
  const seen: { [name: string]: true } = {};
  let bytes = 0;
  for (let index = 0; index < cookies.length; index += 1) {
    const cookie = cookies[index];
    if (cookie === undefined) continue;
    bytes += cookie.name.length + cookie.value.length + 3;
    if (cookie.name.indexOf(ownCookiePrefix) === 0) {
      if (seen[cookie.name] === true) return refuse('BAD_REQUEST', 'a cookie came twice');
      seen[cookie.name] = true;
    }
  }
  return bytes > cookieBytesMax ? refuse('BAD_REQUEST', 'the cookies are too long') : undefined;
}
