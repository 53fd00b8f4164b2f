import { routes } from '#contract/routes.ts';

/** One path segment of ours: ids, words. No dot, no escape, no second slash can be spelt with it. */
const pathPattern = /^\/(?:[a-z0-9-]{1,64}(?:\/[a-z0-9-]{1,64}){0,5})?$/;

/**
 * Where to go after sign-in: a page of the route table on this site, by path alone. Undefined for anything else; a
 * host, a scheme, a query, an escape or a path that is no page cannot be said (`//evil`, `javascript:`).
 */
export function parseReturnTo(raw: string): string | undefined {
  if (raw.length > 400 || !pathPattern.test(raw)) return undefined;
  const isPage = routes.some((route) => route.kind === 'page' && matches(route.path, raw));
  return isPage ? raw : undefined;
}

function matches(template: string, path: string): boolean {
  const wanted = template.split('/');
  const given = path.split('/');
  return (
    wanted.length === given.length &&
    wanted.every((segment, index) => segment.startsWith('{') || segment === given[index])
  );
}
