import { createHttpHandler, type Route } from '../shared/pipeline.ts';
import type { AuthDeps } from './deps.ts';
import { changes, pick, visits } from './router.ts';

/** Sign-in (contract/accounts.ts), behind /api/v1/auth/*. Keeps no state between requests (E11). */
export const makeHandler = (deps: AuthDeps) =>
  createHttpHandler({
    routes: {
      'GET /api/v1/auth/{id}': async (request) =>
        pick(visits, changes, request.pathParameters.id)(deps, request),
      'POST /api/v1/auth/{id}': async (request) =>
        pick(changes, visits, request.pathParameters.id)(deps, request),
    } satisfies Record<string, Route>,
    isOriginSecret: deps.isOriginSecret,
    siteUrl: deps.siteUrl,
    telemetry: deps.telemetry,
  });
