import { describe, expect, it } from 'vitest';
import { accessCookie, openHintCookie, tokenCookie, visitorCookie } from '#contract/tokens.ts';
import { bundleCanonicalPath, canonicalPathBytesMax } from '../../../edge/bundle.ts';
import { handler } from '../../../edge/canonical-path/index.ts';
import { viewerEvent } from '../../support/access/edge-events.ts';
import { canonicalPathFunction, readAnswer } from '../../support/access/edge-functions.ts';
import { cookieHeader, makeEdgeKit } from '../../support/access/edge-kit.ts';

const kit = makeEdgeKit();
const code = bundleCanonicalPath();
const run = canonicalPathFunction(code);
const ask = (method: string, target: string, headers: [string, string][] = []) =>
  readAnswer(run(viewerEvent({ method, target, headers })));

describe('the bundled CloudFront Function', () => {
  it('has at most 10 KB, and a global function handler', () => {
    expect(Buffer.byteLength(code)).toBeLessThanOrEqual(canonicalPathBytesMax);
    expect(code).toMatch(/function handler\(event\)\{/);
  });

  it('has no module syntax, and calls nothing that its runtime lacks', () => {
    // The methods of functions-javascript-runtime-20. esbuild checks only syntax (es5).
    const documented = [
      'concat',
      'filter',
      'floor',
      'forEach',
      'indexOf',
      'join',
      'keys',
      'map',
      'push',
      'slice',
    ];
    const more = ['some', 'split', 'stringify', 'test', 'toLowerCase', 'charAt'];
    const own = ['header'];
    const called = [...code.matchAll(/\.(\w+)\(/g)].map(([, name]) => name);
    expect(
      [...new Set(called)].filter((name) => ![...documented, ...more, ...own].includes(name ?? '')),
    ).toEqual([]);
    expect(code).not.toMatch(/\b(?:import|export|require|fetch|setTimeout|Date|eval|Function|class|async)\b/);
  });

  it('decides the same as its source', () => {
    const event = viewerEvent({ method: 'GET', target: '/queue/spring-show', headers: [] });
    expect(run(structuredClone(event))).toEqual(JSON.parse(JSON.stringify(handler(event))));
  });
});

describe('a request without a token is refused before Lambda', () => {
  it('a page without a pass redirects to the waiting room of its event', () => {
    expect(ask('GET', '/queue/spring-show')).toMatchObject({ status: 302, location: '/vwr/spring-show' });
  });

  it('a page without an entry token redirects to the queue of its event', () => {
    expect(ask('GET', '/seats/spring-show')).toMatchObject({ status: 302, location: '/queue/spring-show' });
  });

  it.each([
    ['GET', '/api/v1/queue/status/spring-show', 403, 'PASS_REQUIRED', '/vwr/spring-show'],
    ['GET', '/api/v1/seats/events/spring-show', 403, 'ENTRY_TOKEN_REQUIRED', '/queue/spring-show'],
    ['POST', '/api/v1/payments/prepare', 403, 'ENTRY_TOKEN_REQUIRED', '/'],
    ['GET', '/api/v1/reservations/mine', 401, 'NOT_SIGNED_IN', '/sign-in'],
  ])('%s %s without a token is %i %s', (method, path, status, errorCode, redirectTo) => {
    expect(ask(method, path)).toMatchObject({ status, code: errorCode, redirectTo });
  });

  it('a value that cannot be a token counts as none', () => {
    for (const token of ['', 'x', 'a.b.c', 'eyJ.eyJ.x', `${kit.pass()}x`, kit.pass().slice(0, -1)]) {
      const headers: [string, string][] = [['cookie', cookieHeader(kit, { pass: token })]];
      expect(ask('GET', '/api/v1/queue/status/spring-show', headers).status).toBe(403);
    }
  });

  it('the token of another event counts as none', () => {
    const headers: [string, string][] = [['cookie', `${tokenCookie.pass('other-show')}=${kit.pass()}`]];
    expect(ask('GET', '/queue/spring-show', headers).status).toBe(302);
  });

  it('a response of the edge is never cached', () => {
    const refused = run(viewerEvent({ method: 'GET', target: '/queue/spring-show', headers: [] }));
    expect(refused).toMatchObject({ headers: { 'cache-control': { value: 'no-store' } } });
  });
});

describe('a request that may be valid is forwarded to the gate under its own path', () => {
  const pass = kit.pass();
  it.each<[string, string, [string, string][]]>([
    ['GET', '/queue/spring-show', [['cookie', cookieHeader(kit, { pass })]]],
    ['GET', '/queue/spring-show', [['x-urr-vwr-token', pass]]],
    ['GET', '/queue/spring-show', [['cookie', `${openHintCookie('spring-show')}=1`]]],
    ['GET', '/seats/spring-show', [['cookie', cookieHeader(kit, { entry: kit.entry() })]]],
    ['GET', '/seats/spring-show', [['cookie', cookieHeader(kit, { pass })]]],
    ['POST', '/api/v1/payments/prepare', [['cookie', cookieHeader(kit, { entry: kit.entry() })]]],
    ['POST', '/api/v1/payments/prepare', [['x-queue-entry-token', kit.entry()]]],
    ['GET', '/api/v1/reservations/mine', [['cookie', `${accessCookie}=${pass}`]]],
  ])('%s %s', (method, target, headers) => {
    expect(ask(method, target, headers)).toMatchObject({ status: 0, uri: target });
  });

  it('the hint of another event has no effect', () => {
    expect(ask('GET', '/queue/spring-show', [['cookie', `${openHintCookie('other')}=1`]]).status).toBe(302);
  });
});

describe('a public path reaches its object or route', () => {
  it.each([
    ['/', '/index.html'],
    ['/events/spring-show', '/events/index.html'],
    ['/vwr/spring-show', '/vwr/index.html'],
    ['/sign-in?next=%2Fqueue%2Fspring-show', '/sign-in/index.html'],
    ['/reservations', '/reservations/index.html'],
    ['/assets/app-4F2K.js', '/assets/app-4F2K.js'],
    ['/vwr-api/vwr/status/spring-show', '/vwr/status/spring-show'],
    ['/vwr-api/vwr/jwks', '/vwr/jwks'],
    ['/api/v1/events?search=%EB%B4%84&status=open', '/api/v1/events'],
    ['/api/v1/auth/callback?code=abc&state=xyz', '/api/v1/auth/callback'],
  ])('%s is served by %s', (target, uri) => {
    expect(ask('GET', target)).toMatchObject({ status: 0, uri });
  });

  it('an unknown page is 404 at the edge, an unknown call 403', () => {
    expect(ask('GET', '/nowhere').status).toBe(404);
    expect(ask('GET', '/api/v1/nowhere')).toMatchObject({ status: 403, code: 'FORBIDDEN' });
  });

  it('a forged client address is removed before any code can trust it (E3)', () => {
    const event = viewerEvent({ method: 'GET', target: '/', headers: [['x-forwarded-for', '127.0.0.1']] });
    expect(JSON.stringify(run(event))).not.toContain('127.0.0.1');
  });

  it('cookies of other software are harmless, whatever their names', () => {
    const cookie = `a=1; a=2; __proto__=x; constructor=y; ${visitorCookie}=${kit.visitor}; theme="dark; x"`;
    expect(ask('GET', '/', [['cookie', cookie]]).status).toBe(0);
  });
});
