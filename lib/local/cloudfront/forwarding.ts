import { randomBytes } from 'node:crypto';
import type { Headers } from '../http.ts';
import { type CachePolicy, forwards, type Policies, selects } from './policies.ts';
import { type EdgeRequest, formatCookies, formatQuery } from './request.ts';

/** Never forwarded, because they belong to one connection or CloudFront sets them itself. */
const ownHeaders = new Set([
  'connection',
  'expect',
  'host',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'content-length',
  'via',
  'x-amz-cf-id',
  'x-forwarded-for',
  'x-forwarded-proto',
  'x-real-ip',
  'accept-encoding',
  'user-agent',
]);

/**
 * Headers that CloudFront generates when a policy names them. A policy with any other `cloudfront-…` header fails the
 * start.
 */
export const generatedHeaders = ['cloudfront-viewer-address', 'cloudfront-forwarded-proto'] as const;

interface ForwardedRequest {
  readonly method: string;
  readonly uri: string;
  readonly rawQuery: string;
  readonly headers: Headers;
}

/** Returns the request for the origin, without the distribution's custom origin headers. */
export function forwardedRequest(
  request: EdgeRequest,
  policies: Policies,
  originDomain: string,
  distributionDomain: string,
): ForwardedRequest {
  const headers: Record<string, readonly string[]> = {};
  for (const [name, values] of Object.entries(request.headers))
    if (!ownHeaders.has(name) && !name.startsWith('x-amz-cf-') && forwards('headers', name, policies))
      headers[name] = values;
  const cookies = request.cookies.filter(([name]) => forwards('cookies', name, policies));
  if (cookies.length > 0) headers.cookie = [formatCookies(cookies)];
  const viewer = request.clientIp.includes(':') ? `[${request.clientIp}]` : request.clientIp;
  const generated = {
    'cloudfront-viewer-address': `${viewer}:${request.clientPort}`,
    'cloudfront-forwarded-proto': 'https',
  };
  for (const name of generatedHeaders)
    if (policies.originRequest?.headers.behaviour === 'only' && forwards('headers', name, policies))
      headers[name] = [generated[name]];
  const isUserAgentForwarded = forwards('headers', 'user-agent', policies);
  // The value that the visitor sent comes first. Only the last address is from a trusted hop (E3).
  const claimed = request.headers['x-forwarded-for'] ?? [];
  return {
    method: request.method,
    uri: request.uri,
    rawQuery: formatQuery(request.query.filter(([name]) => forwards('queryStrings', name, policies))),
    headers: {
      ...headers,
      host: [originDomain],
      'user-agent': (isUserAgentForwarded && request.headers['user-agent']) || ['Amazon CloudFront'],
      via: [`1.1 ${distributionDomain} (CloudFront)`],
      'x-amz-cf-id': [randomBytes(24).toString('base64url')],
      'x-forwarded-for': [[...claimed, request.clientIp].join(', ')],
    },
  };
}

/** Returns the cache key of a request. */
export function cacheKey(request: EdgeRequest, behaviour: string, policy: CachePolicy): string {
  const take = (entries: readonly (readonly [string, string])[], kind: 'cookies' | 'queryStrings') =>
    entries
      .filter(([name]) => selects(policy[kind], name))
      .toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  const headers = Object.entries(request.headers).filter(([name]) => selects(policy.headers, name));
  return JSON.stringify([
    behaviour,
    request.uri,
    take(request.query, 'queryStrings'),
    headers.toSorted(([a], [b]) => (a < b ? -1 : 1)),
    take(request.cookies, 'cookies'),
  ]);
}
