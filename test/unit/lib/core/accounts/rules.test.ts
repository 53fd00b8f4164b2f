import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { refreshOverlapSeconds } from '#contract/accounts.ts';
import { isForeign, isSameOrigin } from '#core/access/same-origin.ts';
import { parseReturnTo } from '#core/accounts/return-to.ts';
import { judgeStaleRefresh } from '#core/accounts/session.ts';

describe('the target of a sign-in', () => {
  it.each(['/', '/events/demo', '/vwr/demo', '/queue/my-sale-2', '/seats/demo', '/reservations', '/sign-in'])(
    'may be %s',
    (path) => {
      expect(parseReturnTo(path)).toBe(path);
    },
  );

  it('is never outside this site, whatever was requested', () => {
    const site = 'https://tickets.example';
    const hostile = fc.oneof(
      fc.string(),
      fc.webUrl(),
      fc.stringMatching(/^[/\\%.a-z0-9:@?#-]{0,40}$/),
      fc
        .constantFrom('//', '/\\', '/%2f', 'javascript:', '/queue/')
        .chain((start) => fc.string().map((s) => start + s)),
    );
    fc.assert(
      fc.property(hostile, (raw) => {
        const path = parseReturnTo(raw);
        if (path === undefined) return;
        const target = new URL(path, site);
        expect(target.href).toBe(`${site}${path}`);
        expect(target.pathname).toBe(path);
      }),
      { numRuns: 20_000 },
    );
  });
});

describe('a request that is made on a page of this site', () => {
  const site = 'https://tickets.example';
  it.each([
    [{ origin: site, secFetchSite: 'same-origin' }, true],
    [{ origin: site, secFetchSite: undefined }, true],
    [{ origin: undefined, secFetchSite: 'same-origin' }, true],
    [{ origin: undefined, secFetchSite: undefined }, false],
    [{ origin: undefined, secFetchSite: 'none' }, false],
    [{ origin: site, secFetchSite: 'same-site' }, false],
    [{ origin: `${site}.evil.example`, secFetchSite: undefined }, false],
    [{ origin: 'http://tickets.example', secFetchSite: undefined }, false],
    [{ origin: `${site}, ${site}`, secFetchSite: undefined }, false],
    [{ origin: 'https://evil.example', secFetchSite: 'same-origin' }, false],
    [{ origin: 'null', secFetchSite: 'same-origin' }, false],
  ])('with %j: %s', (headers, expected) => {
    expect(isSameOrigin(headers, site)).toBe(expected);
  });
});

describe('a request that changes state', () => {
  const site = 'https://tickets.example';
  it.each([
    [{ origin: undefined, secFetchSite: undefined }, false, 'a program without a browser'],
    [{ origin: site, secFetchSite: undefined }, false, 'an older browser on a page of this site'],
    [{ origin: site, secFetchSite: 'same-origin' }, false, 'a page of this site'],
    [{ origin: site, secFetchSite: 'none' }, false, 'the address bar'],
    [{ origin: 'https://evil.example', secFetchSite: undefined }, true, 'an older browser on another site'],
    [{ origin: 'https://evil.example', secFetchSite: 'cross-site' }, true, 'another site'],
    [{ origin: undefined, secFetchSite: 'cross-site' }, true, 'another site that hides its origin'],
    [{ origin: 'null', secFetchSite: undefined }, true, 'a sandboxed frame'],
    [{ origin: site, secFetchSite: 'same-site' }, true, 'a sibling domain'],
    [{ origin: site, secFetchSite: 'unheard-of' }, true, 'an unknown value'],
  ] as const)('with %j is foreign: %s (%s)', (headers, expected, _who) => {
    expect(isForeign(headers, site)).toBe(expected);
  });
});

describe('a refresh token that is not the next one', () => {
  const session = { seq: 5, rotatedAtMs: 1_000_000, expiresAtMs: 9_000_000 };
  const overlapMs = refreshOverlapSeconds * 1000;
  it.each([
    ['has ended if its session is missing', undefined, 4, 1_000_001, 'ended'],
    ['has ended if its session has expired', session, 4, 9_000_000, 'ended'],
    ['overlaps if it is the previous one, at once', session, 4, 1_000_000, 'overlap'],
    [
      'overlaps if it is the previous one, until the end of the overlap',
      session,
      4,
      1_000_000 + overlapMs - 1,
      'overlap',
    ],
    ['is reused if it is the previous one, after the overlap', session, 4, 1_000_000 + overlapMs, 'reused'],
    ['is reused if it is an older one', session, 3, 1_000_000, 'reused'],
    ['is reused if it was never issued', session, 6, 1_000_000, 'reused'],
  ] as const)('%s', (_name, stored, seq, nowMs, expected) => {
    expect(judgeStaleRefresh(stored, seq, nowMs)).toBe(expected);
  });
});
