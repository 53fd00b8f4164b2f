import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { refreshOverlapSeconds } from '#contract/accounts.ts';
import { isForeign, isSameOrigin } from '#core/access/same-origin.ts';
import { parseReturnTo } from '#core/accounts/return-to.ts';
import { judgeStaleRefresh } from '#core/accounts/session.ts';

describe('where a sign-in goes on', () => {
  it.each(['/', '/events/demo', '/vwr/demo', '/queue/my-sale-2', '/seats/demo', '/reservations', '/sign-in'])(
    '%s is one of our pages',
    (path) => {
      expect(parseReturnTo(path)).toBe(path);
    },
  );

  it('is never outside this site, whatever was asked for', () => {
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

describe('a request from our own pages', () => {
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
  ])('%j: %s', (headers, expected) => {
    expect(isSameOrigin(headers, site)).toBe(expected);
  });
});

describe('a request that changes something', () => {
  const site = 'https://tickets.example';
  it.each([
    [{ origin: undefined, secFetchSite: undefined }, false, 'a program without a browser'],
    [{ origin: site, secFetchSite: undefined }, false, 'an older browser on our page'],
    [{ origin: site, secFetchSite: 'same-origin' }, false, 'our page'],
    [{ origin: site, secFetchSite: 'none' }, false, 'the address bar'],
    [{ origin: 'https://evil.example', secFetchSite: undefined }, true, 'an older browser on another site'],
    [{ origin: 'https://evil.example', secFetchSite: 'cross-site' }, true, 'another site'],
    [{ origin: undefined, secFetchSite: 'cross-site' }, true, 'another site that hides its origin'],
    [{ origin: 'null', secFetchSite: undefined }, true, 'a sandboxed frame'],
    [{ origin: site, secFetchSite: 'same-site' }, true, 'a sister domain'],
    [{ origin: site, secFetchSite: 'unheard-of' }, true, 'a word that the standard does not know'],
  ] as const)('with %j is foreign: %s (%s)', (headers, expected, _who) => {
    expect(isForeign(headers, site)).toBe(expected);
  });
});

describe('a refresh token that is not the next', () => {
  const session = { seq: 5, rotatedAtMs: 1_000_000, expiresAtMs: 9_000_000 };
  const overlapMs = refreshOverlapSeconds * 1000;
  it.each([
    ['of a session that is gone', undefined, 4, 1_000_001, 'ended'],
    ['of a session that has run out', session, 4, 9_000_000, 'ended'],
    ['the one before, at once', session, 4, 1_000_000, 'overlap'],
    ['the one before, at the end of the overlap', session, 4, 1_000_000 + overlapMs - 1, 'overlap'],
    ['the one before, after the overlap', session, 4, 1_000_000 + overlapMs, 'reused'],
    ['an older one, at once', session, 3, 1_000_000, 'reused'],
    ['one that was never given', session, 6, 1_000_000, 'reused'],
  ] as const)('%s', (_name, stored, seq, nowMs, expected) => {
    expect(judgeStaleRefresh(stored, seq, nowMs)).toBe(expected);
  });
});
