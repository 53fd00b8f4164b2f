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

/** Handles one route. Throws UrrError for a refusal. */
export type Route = (request: HttpRequest) => Promise<HttpResponse>;

export interface PipelineDeps {
  /** By route key: `GET /vwr/status/{eventId}`. */
  readonly routes: Readonly<Record<string, Route>>;
  /** Returns true if the value is the origin secret (lib/adapters/secrets/shared-secret.ts). */
  readonly isOriginSecret: (presented: string | undefined) => Promise<boolean>;
  /** Address of this site in browsers: pages of other sites may change nothing. Not needed by routes that only read. */
  readonly siteUrl?: string;
  readonly telemetry: Telemetry;
}

type Middleware = MiddlewareObj<unknown, HttpResponse>;

/**
 * Returns the handler of an HTTP Lambda. Steps of a request: origin secret → own site → route → response, with errors in the
 * common format; the telemetry is flushed last.
 *
 * @throws Error when a route changes something and siteUrl is missing
 */
export function createHttpHandler(deps: PipelineDeps) {
  const { siteUrl } = deps;
  const changing = Object.keys(deps.routes).find((key) => changesState(methodOf(key)));
  if (siteUrl === undefined && changing !== undefined) throw new Error(`route ${changing} needs siteUrl`);
  const route = async (event: unknown): Promise<HttpResponse> => {
    const request = httpRequestSchema.parse(event);
    const answer = Object.hasOwn(deps.routes, request.routeKey) ? deps.routes[request.routeKey] : undefined;
    if (answer === undefined) throw new UrrError('NOT_FOUND', 'this path does not exist');
    if (siteUrl !== undefined && changesState(methodOf(request.routeKey)))
      refuseForeign(originHeaders(request), siteUrl);
    return answer(request);
  };
  // Middy's early timeout would respond instead of the route; Lambda's limit and the clients' time-outs are enough.
  return middy<unknown, HttpResponse>({ timeoutEarlyInMillis: 0 })
    .use(handOver(deps.telemetry))
    .use(answerErrors(deps.telemetry))
    .use(requireOriginSecret(deps.isOriginSecret))
    .handler(route);
}

const methodOf = (routeKey: string) => routeKey.slice(0, routeKey.indexOf(' '));

/** Only CloudFront knows the secret, so no request reaches the API around the edge and its firewall. */
const requireOriginSecret = (isOriginSecret: PipelineDeps['isOriginSecret']): Middleware => ({
  before: async ({ event }) => {
    const { headers } = httpRequestSchema.parse(event);
    if (await isOriginSecret(headers[originSecretHeader])) return;
    throw new UrrError('ORIGIN_SECRET_REQUIRED', 'this API accepts requests only through the site');
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
