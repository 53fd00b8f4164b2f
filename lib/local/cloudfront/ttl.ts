import { type Headers, headerOf } from '../http.ts';
import type { CachePolicy } from './policies.ts';

/** How long the edge keeps an answer, in seconds. */
export interface Lifetime {
  readonly ttlSeconds: number;
  /** Seconds after the TTL in which the old response is served while one request fetches the new one. */
  readonly staleSeconds: number;
}

const notKept: Lifetime = { ttlSeconds: 0, staleSeconds: 0 };
/** CloudFront caches these errors for 10 s unless the distribution sets another time. */
export const errorTtlDefaultSeconds = 10;
const alwaysKeptErrors = new Set([404, 414, 500, 501, 502, 503, 504]);
const keptErrorsWithMaxAge = new Set([400, 403, 405, 412, 415]);

function parseCacheControl(headers: Headers): ReadonlyMap<string, string> {
  const directives = new Map<string, string>();
  for (const part of (headerOf(headers, 'cache-control') ?? '').toLowerCase().split(',')) {
    const [name = '', value = ''] = part.trim().split('=');
    if (name !== '') directives.set(name, value.replaceAll('"', ''));
  }
  return directives;
}

/**
 * Returns the origin's max-age within the bounds of the policy. A minimum TTL above 0 applies even to no-store,
 * no-cache and private (docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/Expiration.html).
 */
export function lifetimeOf(status: number, headers: Headers, policy: CachePolicy, nowMs: number): Lifetime {
  if (policy.maxTtlSeconds === 0 || !(status < 400)) return notKept;
  const directives = parseCacheControl(headers);
  const bounded = (seconds: number) =>
    Math.min(Math.max(seconds, policy.minTtlSeconds), Math.max(policy.maxTtlSeconds, policy.minTtlSeconds));
  if (['no-store', 'no-cache', 'private'].some((name) => directives.has(name)))
    return { ttlSeconds: policy.minTtlSeconds, staleSeconds: 0 };
  const age = maxAge(directives) ?? expiresIn(headers, nowMs);
  const stale = Number(directives.get('stale-while-revalidate') ?? 0);
  return {
    ttlSeconds: bounded(age ?? policy.defaultTtlSeconds),
    staleSeconds: Number.isFinite(stale) ? Math.min(stale, policy.maxTtlSeconds) : 0,
  };
}

/**
 * Returns how long an error is cached: at least its own minimum, even if the cache policy caches nothing
 * (docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/HTTPStatusCodes.html).
 */
export function errorLifetime(status: number, headers: Headers, minimumSeconds: number): Lifetime {
  const age = maxAge(parseCacheControl(headers));
  if (alwaysKeptErrors.has(status))
    return { ttlSeconds: Math.max(age ?? 0, minimumSeconds), staleSeconds: 0 };
  if (keptErrorsWithMaxAge.has(status) && age !== undefined)
    return { ttlSeconds: Math.max(age, minimumSeconds), staleSeconds: 0 };
  return notKept;
}

function maxAge(directives: ReadonlyMap<string, string>): number | undefined {
  const value = Number(directives.get('s-maxage') ?? directives.get('max-age') ?? Number.NaN);
  return Number.isFinite(value) && value >= 0 ? value : undefined;
}

function expiresIn(headers: Headers, nowMs: number): number | undefined {
  const expires = Date.parse(headerOf(headers, 'expires') ?? '');
  return Number.isNaN(expires) ? undefined : Math.max(0, (expires - nowMs) / 1000);
}
