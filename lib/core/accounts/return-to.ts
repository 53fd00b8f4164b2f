import { routes } from '#contract/routes.ts';

/** Paths of ids and words. They cannot contain a dot, an escape or a double slash. */
const pathPattern = /^\/(?:[a-z0-9-]{1,64}(?:\/[a-z0-9-]{1,64}){0,5})?$/;

/**
 * Returns the page to open after sign-in: the path of a page in the route table of this site. Undefined for everything
 * else: a host, a scheme, a query, an escape or an unknown path (`//evil`, `javascript:`).
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
