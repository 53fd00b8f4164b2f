import middy, { type MiddlewareObj } from '@middy/core';
import { originSecretHeader } from '#contract/tokens.ts';
import { changesState, refuseForeign } from '#core/access/same-origin.ts';
import { UrrError } from '#core/errors.ts';
import {
  errorResponse,
  type HttpRequest,
  type HttpResponse,
  httpRequestSchema,
  originHeaders,
} from './http.ts';
import type { Telemetry } from './telemetry.ts';

/** Answers one route. Throws UrrError for a refusal. */
export type Route = (request: HttpRequest) => Promise<HttpResponse>;

export interface PipelineDeps {
  /** By route key: `GET /vwr/status/{eventId}`. */
  readonly routes: Readonly<Record<string, Route>>;
  /** Whether a value is the origin secret (lib/adapters/secrets/shared-secret.ts). */
  readonly isOriginSecret: (presented: string | undefined) => Promise<boolean>;
  /** Where browsers see this site: pages of other sites may change nothing here. Routes that only read need none. */
  readonly siteUrl?: string;
  readonly telemetry: Telemetry;
}

type Middleware = MiddlewareObj<unknown, HttpResponse>;

/**
 * The way every request to an HTTP Lambda takes: origin secret → own site → route → answer, with errors in the one format
 * and the telemetry handed over last.
 *
 * @throws Error when a route changes something and no siteUrl is given
 */
export function createHttpHandler(deps: PipelineDeps) {
  const { siteUrl } = deps;
  const changing = Object.keys(deps.routes).find((key) => changesState(methodOf(key)));
  if (siteUrl === undefined && changing !== undefined) throw new Error(`route ${changing} needs siteUrl`);
  const route = async (event: unknown): Promise<HttpResponse> => {
    const request = httpRequestSchema.parse(event);
    const answer = Object.hasOwn(deps.routes, request.routeKey) ? deps.routes[request.routeKey] : undefined;
    if (answer === undefined) throw new UrrError('NOT_FOUND', 'there is nothing here');
    if (siteUrl !== undefined && changesState(methodOf(request.routeKey)))
      refuseForeign(originHeaders(request), siteUrl);
    return answer(request);
  };
  // Middy's early timeout would answer for us; Lambda's own limit and the clients' time-outs are enough.
  return middy<unknown, HttpResponse>({ timeoutEarlyInMillis: 0 })
    .use(handOver(deps.telemetry))
    .use(answerErrors(deps.telemetry))
    .use(requireOriginSecret(deps.isOriginSecret))
    .handler(route);
}

const methodOf = (routeKey: string) => routeKey.slice(0, routeKey.indexOf(' '));

/** Only CloudFront knows the secret: nobody reaches the API around the edge (the firewall stands there). */
const requireOriginSecret = (isOriginSecret: PipelineDeps['isOriginSecret']): Middleware => ({
  before: async ({ event }) => {
    const { headers } = httpRequestSchema.parse(event);
    if (await isOriginSecret(headers[originSecretHeader])) return;
    throw new UrrError('ORIGIN_SECRET_REQUIRED', 'requests come through the site');
  },
});

const answerErrors = (telemetry: Telemetry): Middleware => ({
  onError: (request) => {
    const { error } = request;
    request.response = errorResponse(error);
    if (request.response.statusCode >= 500) telemetry.error('request failed', error);
  },
});

const handOver = (telemetry: Telemetry): Middleware => ({
  after: () => telemetry.flush(),
  onError: () => telemetry.flush(),
});
