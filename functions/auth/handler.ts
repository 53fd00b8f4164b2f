import { createHttpHandler, type Route } from '../shared/pipeline.ts';
import type { AuthDeps } from './deps.ts';
import { changeRoutes, pickUseCase, visitRoutes } from './router.ts';

/** Sign-in (contract/accounts.ts), behind /api/v1/auth/*. Keeps no state between requests (E11). */
export const makeHandler = (deps: AuthDeps) =>
  createHttpHandler({
    routes: {
      'GET /api/v1/auth/{id}': async (request) =>
        pickUseCase(visitRoutes, changeRoutes, request.pathParameters.id)(deps, request),
      'POST /api/v1/auth/{id}': async (request) =>
        pickUseCase(changeRoutes, visitRoutes, request.pathParameters.id)(deps, request),
    } satisfies Record<string, Route>,
    isOriginSecret: deps.isOriginSecret,
    siteUrl: deps.siteUrl,
    telemetry: deps.telemetry,
  });
