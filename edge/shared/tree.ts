import { routes } from '#contract/routes.ts';
import { compileRoutes } from './compile-routes.ts';
import type { RouteTree } from './route-tree.ts';

// Given by the bundler (edge/bundle.ts), so that nothing is compiled at the edge; absent where the source runs as it is.
declare const URR_IS_BUNDLED: true | undefined;
declare const URR_ROUTE_TREE: RouteTree;

/** The route table, compiled. */
export const routeTree: RouteTree =
  typeof URR_IS_BUNDLED === 'undefined' ? compileRoutes(routes) : URR_ROUTE_TREE;
