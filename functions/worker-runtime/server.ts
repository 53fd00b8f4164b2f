import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import Fastify, { type FastifyInstance } from 'fastify';
import { changesState, type OriginHeaders, refuseForeign } from '#core/access/same-origin.ts';
import { UrrError } from '#core/errors.ts';
import type { Telemetry } from '../shared/telemetry.ts';

/** Longest time to receive a request. A browser is faster. */
const requestMsMax = 10_000;
/** Longer than the load balancer's idle time (60 s), so that it closes first and never meets a closed connection. */
const keepAliveMs = 75_000;

export interface Health {
  /** False: ECS replaces the process. */
  isLive(): boolean;
  /** True: the load balancer sends visitors. */
  isReady(): boolean;
}

/** Handles a request before the framework does. Returns false for a request that the framework should handle. */
export type Shortcut = (request: IncomingMessage, response: ServerResponse) => boolean;

/**
 * The HTTP side of a container worker: limits, health, and refusals in one format. A body is JSON or undefined,
 * whatever its content type, and the route validates it.
 */
export function createWorkerServer(
  deps: { readonly telemetry: Telemetry; readonly siteUrl: string },
  health: Health,
  options: { readonly bodyBytesMax: number; readonly shortcut?: Shortcut },
  addRoutes: (server: FastifyInstance) => void,
): FastifyInstance {
  let isClosing = false;
  const { shortcut = () => false } = options;
  const server = Fastify({
    logger: false,
    bodyLimit: options.bodyBytesMax,
    // While the server closes, the framework refuses new requests.
    serverFactory: (handle): Server =>
      createServer(
        { requestTimeout: requestMsMax, keepAliveTimeout: keepAliveMs },
        (request, response) =>
          void ((!isClosing && shortcut(request, response)) || handle(request, response)),
      ),
    routerOptions: { caseSensitive: true, ignoreTrailingSlash: false },
    forceCloseConnections: 'idle',
  });
  acceptAnyBody(server);
  server.addHook('preClose', (done) => {
    isClosing = true;
    done();
  });
  server.addHook('onRequest', (request, reply, done) => {
    reply.header('cache-control', 'no-store');
    if (changesState(request.method)) refuseForeign(originHeaders(request.headers), deps.siteUrl);
    done();
  });
  server.setErrorHandler((error, _request, reply) => {
    const { status, body, header } = refusalAnswer(error, deps.telemetry);
    if (header !== undefined) reply.header(...header);
    return reply.header('cache-control', 'no-store').status(status).send(body);
  });
  server.setNotFoundHandler(() => {
    throw new UrrError('NOT_FOUND', 'this path does not exist');
  });
  const live = () => answer(health.isLive(), 'the worker makes no progress');
  server.get('/health', async () => live());
  server.get('/api/v1/health', async () => live());
  server.get('/ready', async () => answer(health.isReady(), 'the worker is not ready'));
  addRoutes(server);
  return server;
}

/** Returns the headers by which a browser names the page that made the request. */
export const originHeaders = (headers: IncomingHttpHeaders): OriginHeaders => {
  const site = headers['sec-fetch-site'];
  return { origin: headers.origin, secFetchSite: Array.isArray(site) ? site.join() : site };
};

/** Returns the response to a refusal or to an unexpected error. */
export function refusalAnswer(error: unknown, telemetry: Telemetry) {
  const refusal = toRefusal(error);
  const { status, code, message, retryAfterSeconds } = refusal;
  if (status >= 500 && code !== 'UNAVAILABLE') telemetry.error('request failed', error);
  return {
    status,
    // A 5xx response has no details, because they would describe internals.
    body: status >= 500 ? { error: message, code } : refusal.toBody(),
    header: retryAfterSeconds === undefined ? undefined : (['retry-after', `${retryAfterSeconds}`] as const),
  };
}

/** Sends the same response as the framework, without it. */
export function sendJson(
  response: ServerResponse,
  status: number,
  body: unknown,
  header: readonly [name: string, value: string] | undefined,
): void {
  const text = JSON.stringify(body);
  const headers = [
    'cache-control',
    'no-store',
    'content-type',
    'application/json; charset=utf-8',
    'content-length',
    `${Buffer.byteLength(text)}`,
  ];
  if (header !== undefined) headers.push(...header);
  response.writeHead(status, headers).end(text);
}

function answer(isFine: boolean, problem: string): { status: 'ok' } {
  if (!isFine) throw new UrrError('UNAVAILABLE', problem, { retryAfterSeconds: 5 });
  return { status: 'ok' };
}

function acceptAnyBody(server: FastifyInstance): void {
  server.removeAllContentTypeParsers();
  server.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => {
    try {
      const text = body.toString();
      done(null, text === '' ? undefined : JSON.parse(text));
    } catch {
      done(null, undefined);
    }
  });
}

function toRefusal(error: unknown): UrrError {
  if (error instanceof UrrError) return error;
  const status =
    typeof error === 'object' && error !== null && 'statusCode' in error ? error.statusCode : 500;
  if (status === 413) return new UrrError('PAYLOAD_TOO_LARGE', 'the body is too large; send a smaller one');
  if (typeof status === 'number' && status >= 400 && status < 500)
    return new UrrError('BAD_REQUEST', 'the request is malformed');
  return new UrrError('INTERNAL', 'an internal error occurred; please try again', { cause: error });
}
