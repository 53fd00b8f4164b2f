import { describe, expect, it } from 'vitest';
import { EdgeCache, type Fetched } from '#local/cloudfront/cache.ts';
import { cacheKey, forwardedRequest } from '#local/cloudfront/forwarding.ts';
import { normalisePath, patternToRegExp, selectBehaviour } from '#local/cloudfront/path-pattern.ts';
import type { CachePolicy, Policies } from '#local/cloudfront/policies.ts';
import { type EdgeRequest, formatQuery, parseQuery } from '#local/cloudfront/request.ts';
import { errorLifetime, lifetimeOf } from '#local/cloudfront/ttl.ts';
import { emptyBody } from '#local/http.ts';

const none = { behaviour: 'none' } as const;
const all = { behaviour: 'all' } as const;
const policy: CachePolicy = {
  minTtlSeconds: 1,
  defaultTtlSeconds: 5,
  maxTtlSeconds: 60,
  cookies: none,
  headers: none,
  queryStrings: none,
  gzip: true,
  brotli: true,
};

describe('the selection of a behaviour, as in CloudFront', () => {
  it.each([
    ['/api//seats', '/api/seats'],
    ['/public/../api/seats', '/api/seats'],
    ['/public/%2e%2e/api/seats', '/api/seats'],
    ['/%61pi/seats', '/api/seats'],
    ['/api%2fseats', '/api%2Fseats'],
    ['/a/./b/', '/a/b/'],
    ['/..', '/'],
  ])('matches %s as %s', (raw, normal) => {
    expect(normalisePath(raw)).toBe(normal);
  });

  it('uses the first pattern that matches, in the order of the template', () => {
    const behaviours = ['/vwr-api/vwr/status/*', '/vwr-api/*', '/a?c'].map((name) => ({
      name,
      pattern: patternToRegExp(name),
    }));
    const fallback: { name: string; pattern: RegExp | undefined } = { name: '*', pattern: undefined };
    const chosen = (path: string) => selectBehaviour<typeof fallback>(behaviours, fallback, path).name;
    expect(chosen('/vwr-api/vwr/status/x')).toBe('/vwr-api/vwr/status/*');
    expect(chosen('/vwr-api/vwr/assign/x')).toBe('/vwr-api/*');
    expect(chosen('/abc')).toBe('/a?c');
    expect(chosen('/abbc')).toBe('*');
    expect(chosen('/VWR-API/x')).toBe('*');
    expect(chosen('/x/../vwr-api/y')).toBe('/vwr-api/*');
  });
});

describe('the lifetime of a response, as in CloudFront', () => {
  const lifetime = (cacheControl: string | undefined, changed: Partial<CachePolicy> = {}) =>
    lifetimeOf(
      200,
      cacheControl === undefined ? {} : { 'cache-control': [cacheControl] },
      { ...policy, ...changed },
      0,
    );

  it.each<[string | undefined, number]>([
    [undefined, 5],
    ['public, max-age=10', 10],
    ['max-age=10, s-maxage=20', 20],
    ['max-age=0', 1],
    ['max-age=9999', 60],
    ['no-store', 1],
    ['private', 1],
    ['no-cache', 1],
  ])('Cache-Control %s: %i s', (header, seconds) => {
    expect(lifetime(header).ttlSeconds).toBe(seconds);
  });

  it('is 0 for no-store if the minimum is 0', () => {
    expect(lifetime('no-store', { minTtlSeconds: 0 }).ttlSeconds).toBe(0);
  });

  it('is 0 if the maximum is 0, whatever the origin sends', () => {
    expect(lifetime('max-age=60', { minTtlSeconds: 0, maxTtlSeconds: 0 }).ttlSeconds).toBe(0);
  });

  it('of an error is the minimum for 404 and 5xx, and for 403 only what the origin sets', () => {
    expect(errorLifetime(404, {}, 10).ttlSeconds).toBe(10);
    expect(errorLifetime(503, {}, 0).ttlSeconds).toBe(0);
    expect(errorLifetime(403, {}, 10).ttlSeconds).toBe(0);
    expect(errorLifetime(403, { 'cache-control': ['max-age=3'] }, 0).ttlSeconds).toBe(3);
  });
});

describe('the edge cache', () => {
  const answered = (body: string, ttlSeconds: number, staleSeconds = 0): Fetched => ({
    answer: { status: 200, headers: {}, body: Buffer.from(body) },
    lifetime: { ttlSeconds, staleSeconds },
  });

  it('sends one origin request for a crowd of concurrent misses', async () => {
    const cache = new EdgeCache(() => 0);
    let fetched = 0;
    let open = () => {};
    const gate = new Promise<void>((resolve) => {
      open = resolve;
    });
    const asking = Array.from({ length: 1000 }, () =>
      cache.get('k', true, async () => {
        fetched += 1;
        await gate;
        return answered('a', 1);
      }),
    );
    open();
    const results = await Promise.all(asking);
    expect(fetched).toBe(1);
    expect(results.filter(({ state }) => state === 'miss')).toHaveLength(1);
  });

  it('never serves one visitor the uncacheable response of another', async () => {
    const cache = new EdgeCache(() => 0);
    let count = 0;
    const asking = Array.from({ length: 20 }, () =>
      cache.get('k', true, async () => answered(`${count++}`, 0)),
    );
    const bodies = (await Promise.all(asking)).map(({ answer }) => answer.body.toString());
    expect(new Set(bodies).size).toBe(20);
  });

  it('serves a fresh copy, then a stale one while one request fetches, then fetches first', async () => {
    let nowMs = 0;
    const cache = new EdgeCache(() => nowMs);
    let version = 0;
    const get = async () => {
      const { answer, state } = await cache.get('k', true, async () => answered(`${++version}`, 1, 10));
      return [answer.body.toString(), state];
    };
    expect(await get()).toEqual(['1', 'miss']);
    nowMs = 999;
    expect(await get()).toEqual(['1', 'hit']);
    nowMs = 1000;
    expect(await get()).toEqual(['1', 'stale']);
    expect(await get()).toEqual(['2', 'hit']);
    nowMs = 13_000;
    expect(await get()).toEqual(['3', 'miss']);
  });
});

describe('a request to the origin', () => {
  const request: EdgeRequest = {
    method: 'GET',
    uri: '/a',
    query: parseQuery('x=1&y=2&x=3'),
    headers: {
      host: ['shop.example'],
      'x-forwarded-for': ['6.6.6.6'],
      'user-agent': ['phone'],
      'x-secret': ['s'],
      connection: ['close'],
      'transfer-encoding': ['chunked'],
    },
    cookies: [
      ['a', '1'],
      ['b', '2'],
    ],
    body: emptyBody,
    clientIp: '10.0.0.9',
    clientPort: 1234,
  };
  const forward = (policies: Policies) =>
    forwardedRequest(request, policies, 'origin.example', 'd1.cloudfront.net');

  it('has no cookie, no query and no header of the visitor without an origin request policy', () => {
    const { headers, rawQuery } = forward({ cache: policy, originRequest: undefined });
    expect(rawQuery).toBe('');
    expect(headers.cookie).toBeUndefined();
    expect(headers['x-secret']).toBeUndefined();
    expect(headers.host).toEqual(['origin.example']);
    expect(headers['user-agent']).toEqual(['Amazon CloudFront']);
  });

  it('has all viewer headers but Host and those of the connection with AllViewerExceptHostHeader', () => {
    const except = { behaviour: 'allExcept', names: new Set(['host']) } as const;
    const { headers, rawQuery } = forward({
      cache: policy,
      originRequest: { cookies: all, headers: except, queryStrings: all },
    });
    expect(rawQuery).toBe('x=1&y=2&x=3');
    expect(headers.cookie).toEqual(['a=1; b=2']);
    expect(headers['x-secret']).toEqual(['s']);
    expect(headers.host).toEqual(['origin.example']);
    expect(headers.connection).toBeUndefined();
    expect(headers['transfer-encoding']).toBeUndefined();
  });

  it('has a claimed X-Forwarded-For before the real address, never instead of it (E3)', () => {
    const { headers } = forward({ cache: policy, originRequest: undefined });
    expect(headers['x-forwarded-for']).toEqual(['6.6.6.6, 10.0.0.9']);
  });

  it('has a cache key of only the names in its policy', () => {
    const key = (changed: Partial<EdgeRequest>, selected: Partial<CachePolicy> = {}) =>
      cacheKey({ ...request, ...changed }, '*', { ...policy, ...selected });
    expect(key({})).toBe(key({ cookies: [['a', 'other']], query: [] }));
    const byX = { queryStrings: { behaviour: 'only', names: new Set(['x']) } } as const;
    expect(key({ query: parseQuery('x=1&z=9') }, byX)).toBe(key({ query: parseQuery('z=8&x=1') }, byX));
    expect(key({ query: parseQuery('x=1') }, byX)).not.toBe(key({ query: parseQuery('x=2') }, byX));
    expect(key({ uri: '/b' })).not.toBe(key({}));
  });

  it('has the query string unchanged', () => {
    for (const raw of ['a=1&b=2', 'a', 'a=%2F&a=%2f', 'x=a=b'])
      expect(formatQuery(parseQuery(raw))).toBe(raw);
  });
});
