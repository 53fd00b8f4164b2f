import { ownCookiePrefix } from '#contract/token-names.ts';
import { isCanonicalPath } from './canonical.ts';
import { isForbiddenHeader } from './headers.ts';
import { screenQuery } from './query.ts';
import { type Refusal, refuse } from './refusal.ts';
import type { GateRequest } from './request.ts';
import { type Leaf, matchRoute, type RouteTree } from './route-tree.ts';

export interface Screened {
  readonly outcome: 'match';
  readonly leaf: Leaf;
  readonly eventId: string | undefined;
}

/**
 * API Gateway's limit of headers is 10,240 bytes; browsers keep 180 cookies per host. URR has a dozen, up to 4 KB each.
 */
export const cookieBytesMax = 10_240;
export const cookiesMax = 200;

const page = (ko: string, en: string, href: string, again: string) =>
  `<!doctype html><html lang="ko"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>URR</title><p>${ko} · <span lang="en">${en}</span><p><a href="${href}">${again}</a></html>`;

const methods = ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'];

/**
 * Checks everything that needs neither a key nor a configuration: method, headers, cookies, query, the spelling of the
 * path, and its route. Both edge functions call it, because CloudFront forwards a request when a CloudFront Function
 * fails.
 */
export function screen(request: GateRequest, tree: RouteTree): Screened | Refusal {
  if (methods.indexOf(request.method) < 0) return refuse('BAD_REQUEST', 'this method is not supported');
  if (!isCanonicalPath(request.path))
    return refuse('PATH_NOT_CANONICAL', 'the path has a forbidden character or segment');
  return (
    screenHeaders(request) || screenCookies(request) || screenQuery(request.query) || route(request, tree)
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
      error: `this path allows only ${found.allow}`,
      allow: found.allow,
    };
  }
  if (path !== path.toLowerCase()) return refuse('PATH_NOT_CANONICAL', 'write the path in lower case');
  if (isApi(path)) return refuse('FORBIDDEN', 'this path does not exist');
  return {
    outcome: 'refuse',
    status: 404,
    code: 'NOT_FOUND',
    error: 'not found',
    page: page('페이지를 찾을 수 없습니다', 'This page does not exist', '/', 'URR'),
  };
}

function screenHeaders(request: GateRequest): Refusal | undefined {
  if (request.headerNames.some(isForbiddenHeader))
    return refuse('BAD_REQUEST', 'remove the forbidden header');
  const coding = request.header('transfer-encoding');
  const length = request.header('content-length');
  // Two lengths of one body allow request smuggling.
  if (coding.length > 1 || length.length > 1 || (coding.length === 1 && length.length === 1)) {
    return refuse('BAD_REQUEST', 'send one content-length or transfer-encoding');
  }
  if (coding.length === 1 && coding[0] !== 'chunked')
    return refuse('BAD_REQUEST', 'transfer-encoding must be chunked');
  if (length.length === 1 && !/^\d{1,10}$/.test(`${length[0]}`)) {
    return refuse('BAD_REQUEST', 'content-length must be a number');
  }
  return undefined;
}

/** Most cookies deleted by one response, so that their names fit into its headers. */
const droppedMax = 40;
/** Tokens that URR issues again on request. Visitor and sign-in cookies stay. */
const replaceable = /^__Host-urr-(?:ticket|vwr-token|entry-token|open)-/;

/**
 * Refuses, and deletes the tokens of all events. Pages then request their tokens again by the visitor's cookie, which
 * keeps the place.
 */
function refuseCookies(request: GateRequest, error: string): Refusal {
  const names = request.cookies.map((cookie) => cookie.name).filter((name) => replaceable.test(name));
  const html = page('오래된 쿠키를 정리했습니다', 'Old cookies were cleared', '', '다시 열기 · Open again');
  return {
    outcome: 'refuse',
    status: 400,
    code: 'BAD_REQUEST',
    error: `${error}; old ones are cleared, try again`,
    clearCookies: names.slice(0, droppedMax),
    page: isApi(request.path) ? undefined : html,
  };
}

const isApi = (path: string) => /^\/(?:vwr-)?api(?:\/|$)/.test(path);

/** Refuses a cookie of URR that occurs twice, because gate and worker could read different ones. */
function screenCookies(request: GateRequest): Refusal | undefined {
  const cookies = request.cookies;
  if (cookies.length > cookiesMax) return refuseCookies(request, 'too many cookies');
  const seen: { [name: string]: true } = {};
  let bytes = 0;
  for (let index = 0; index < cookies.length; index += 1) {
    const cookie = cookies[index];
    if (cookie === undefined) continue;
    bytes += cookie.name.length + cookie.value.length + 3;
    if (cookie.name.indexOf(ownCookiePrefix) === 0) {
      if (seen[cookie.name] === true) return refuse('BAD_REQUEST', 'send each cookie once');
      seen[cookie.name] = true;
    }
  }
  return bytes > cookieBytesMax ? refuseCookies(request, 'the cookies are too long') : undefined;
}
