import { routes } from '#contract/routes.ts';
import { compileRoutes } from './compile-routes.ts';
import type { RouteTree } from './route-tree.ts';

// Set by the bundler (edge/bundle.ts), so that the edge compiles no routes. Absent when the source runs unbundled.
declare const URR_IS_BUNDLED: true | undefined;
declare const URR_ROUTE_TREE: RouteTree;

/** The compiled route table. */
export const routeTree: RouteTree =
  typeof URR_IS_BUNDLED === 'undefined' ? compileRoutes(routes) : URR_ROUTE_TREE;
