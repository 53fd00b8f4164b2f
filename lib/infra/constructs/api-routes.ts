import { authPath } from '#contract/accounts.ts';
import { vwrApiPrefix } from '#contract/line-http.ts';
import { type Route, routes } from '#contract/routes.ts';

/** A route of the HTTP API: a path of the contract without the prefix, which CloudFront removes. */
export interface ApiRoute {
  readonly service: 'vwr-api' | 'catalogue' | 'auth';
  readonly method: Route['methods'][number];
  readonly path: string;
}

const cataloguePath = '/api/v1/events';
const statisticsPath = '/api/v1/stats/';

/** Returns the Lambda of a route of the contract; undefined: the route is not on the HTTP API (pages, workers). */
const serviceOf = ({ path }: Route): ApiRoute['service'] | undefined => {
  if (path.startsWith(`${vwrApiPrefix}/`)) return 'vwr-api';
  if (path === cataloguePath || path.startsWith(`${cataloguePath}/`)) return 'catalogue';
  if (path.startsWith(statisticsPath)) return 'catalogue';
  if (path.startsWith(`${authPath}/`)) return 'auth';
  return undefined;
};

/** All routes of the HTTP API, derived from the route table. */
export const apiRoutes: readonly ApiRoute[] = routes.flatMap((route) => {
  const service = serviceOf(route);
  if (service === undefined) return [];
  const path = service === 'vwr-api' ? route.path.slice(vwrApiPrefix.length) : route.path;
  return route.methods.map((method) => ({ service, method, path }));
});
