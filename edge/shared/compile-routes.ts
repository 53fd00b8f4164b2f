import type { Route } from '#contract/routes.ts';
import { leafCode, type RouteTree } from './route-tree.ts';

interface Draft {
  [key: string]: Draft | number;
}

/**
 * Returns the route table as a tree. Runs when the edge bundles are built.
 * @throws Error if the table has a route twice
 */
export function compileRoutes(routes: readonly Route[]): RouteTree {
  const root: Draft = {};
  routes.forEach((route) => {
    const node = route.path
      .split('/')
      .filter((segment) => segment !== '')
      .reduce(child, root);
    route.methods.forEach((method) => {
      if (node[method] !== undefined) throw new Error(`two routes for ${method} ${route.path}`);
      node[method] = leafCode(route);
    });
  });
  return root;
}

function child(node: Draft, segment: string): Draft {
  const key = keyOf(segment);
  const existing = node[key];
  if (typeof existing === 'object') return existing;
  const next: Draft = {};
  node[key] = next;
  return next;
}

function keyOf(segment: string): string {
  if (segment === '{eventId}') return ':event';
  if (segment === '{id}') return ':id';
  if (segment === '{file}') return ':file';
  if (/^[a-z0-9][a-z0-9.-]*$/.test(segment)) return `/${segment}`;
  throw new Error(`a route cannot have the segment ${segment}`);
}
