import { createHttpHandler, type Route } from '../shared/pipeline.ts';
import { assign } from './assign.ts';
import { check } from './check.ts';
import type { VwrApiDeps } from './deps.ts';
import { jwks, status } from './documents.ts';

/** The waiting room's API (contract/line-http.ts). Keeps no state between requests (E11). */
export const makeHandler = (deps: VwrApiDeps) =>
  createHttpHandler({
    routes: {
      'POST /vwr/assign/{eventId}': (request) => assign(deps, request),
      'GET /vwr/check/{eventId}/{id}': (request) => check(deps, request),
      'GET /vwr/status/{eventId}': (request) => status(deps, request),
      'GET /vwr/jwks': () => jwks(deps),
    } satisfies Record<string, Route>,
    isOriginSecret: deps.isOriginSecret,
    siteUrl: deps.siteUrl,
    telemetry: deps.telemetry,
  });
