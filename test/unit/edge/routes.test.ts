import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Route, routes } from '#contract/routes.ts';
import { isCanonicalPath, pathLengthMax } from '../../../edge/shared/canonical.ts';
import { compileRoutes } from '../../../edge/shared/compile-routes.ts';
import { matchRoute } from '../../../edge/shared/route-tree.ts';

const tree = compileRoutes(routes);
const example = (path: string) =>
  path.replace('{eventId}', 'spring-show').replace('{id}', 'Id_1-x').replace('{file}', 'app-4F2K.min.js');

describe('a canonical path', () => {
  it.each(routes.map(({ path }) => path))('%s is canonical, as every route is', (path) => {
    expect(isCanonicalPath(example(path))).toBe(true);
  });

  it('a character outside the unreserved ones is never canonical, wherever it is', () => {
    for (let code = 0; code < 0x250; code += 1) {
      const character = String.fromCharCode(code);
      const path = `/api/v1/se${character}ats`;
      expect(isCanonicalPath(path), JSON.stringify(path)).toBe(/^[A-Za-z0-9._~/-]$/.test(character));
    }
  });

  it('URL parsing leaves a canonical path unchanged, so CloudFront and URR read the same', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom(...'/aZ0.~-_%;\\ \u00e9\uff0f2e5c?#'), maxLength: 24 }),
        (tail) => {
          const path = `/${tail}`;
          if (isCanonicalPath(path)) expect(new URL(path, 'http://h').pathname).toBe(path);
        },
      ),
      { numRuns: 5000, seed: 7 },
    );
  });

  it('the longest canonical path is canonical, and one character more is not', () => {
    expect(isCanonicalPath(`/${'a'.repeat(pathLengthMax - 1)}`)).toBe(true);
    expect(isCanonicalPath(`/${'a'.repeat(pathLengthMax)}`)).toBe(false);
  });
});

describe('a request outside the route table is denied', () => {
  it.each(routes.flatMap((route) => route.methods.map((method) => ({ ...route, method }))))(
    '$method $path requires $access',
    ({ method, path, access, kind }) => {
      const eventId = path.includes('{eventId}') ? 'spring-show' : undefined;
      expect(matchRoute(tree, method, example(path))).toEqual({
        outcome: 'match',
        leaf: { access, kind },
        eventId,
      });
    },
  );

  it('HEAD requires the same as GET', () => {
    expect(matchRoute(tree, 'HEAD', '/queue/spring-show')).toEqual(
      matchRoute(tree, 'GET', '/queue/spring-show'),
    );
  });

  it('a path of another method differs from an unknown path', () => {
    expect(matchRoute(tree, 'POST', '/queue/spring-show')).toEqual({ outcome: 'method', allow: 'GET, HEAD' });
    expect(matchRoute(tree, 'GET', '/nowhere')).toEqual({ outcome: 'none' });
  });

  it.each([
    '/api',
    '/api/v1',
    '/queue',
    '/vwr/a/b',
    '/queue/UPPER',
    '/queue/-x',
    '/queue/a.html',
    '/assets/a/b.js',
    '/index.html',
    '/api/v1/seats/a.css',
    '/constructor',
    '/__proto__',
    '/api/__proto__',
    '/api/v1/toString',
  ])('%s is no route', (path) => {
    expect(matchRoute(tree, 'GET', path).outcome).not.toBe('match');
  });

  it('a literal segment is preferred to a placeholder, and a placeholder is still found behind it', () => {
    const small: Route[] = [
      { methods: ['GET'], path: '/a/{id}', access: 'user', kind: 'api' },
      { methods: ['GET'], path: '/a/mine', access: 'public', kind: 'api' },
      { methods: ['POST'], path: '/a/mine/{id}', access: 'pass', kind: 'api' },
      { methods: ['POST'], path: '/a/{id}/cancel', access: 'entry', kind: 'api' },
    ];
    const access = (method: string, path: string) => {
      const found = matchRoute(compileRoutes(small), method, path);
      return found.outcome === 'match' ? found.leaf.access : found.outcome;
    };
    expect(access('GET', '/a/mine')).toBe('public');
    expect(access('GET', '/a/other')).toBe('user');
    expect(access('POST', '/a/mine/cancel')).toBe('pass');
    expect(access('POST', '/a/x/cancel')).toBe('entry');
  });

  it('a repeated route, and a segment that no path can have, fail the compilation of the table', () => {
    const route: Route = { methods: ['GET'], path: '/a', access: 'public', kind: 'api' };
    expect(() => compileRoutes([route, { ...route, access: 'user' }])).toThrow(/two routes for GET \/a/);
    expect(() => compileRoutes([{ ...route, path: '/A b' }])).toThrow(/cannot have the segment/);
  });
});
