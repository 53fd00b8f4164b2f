import Fastify, { type FastifyInstance } from 'fastify';
import { UrrError } from '#core/errors.ts';
import type { Telemetry } from '../telemetry.ts';

/** Whoever sends a request more slowly than this is not a browser. */
const requestMsMax = 10_000;
/** Longer than the load balancer's idle time (60 s), so that it closes first and never meets a closed connection. */
const keepAliveMs = 75_000;

export interface Health {
  /** The process is worth keeping. */
  isLive(): boolean;
  /** New visitors may be sent here. */
  isReady(): boolean;
}

/**
 * The HTTP side of a container worker: limits, health, and refusals in the one format. Bodies arrive as JSON or undefined,
 * whatever their type says, and are checked by whoever reads them.
 */
export function createWorkerServer(
  deps: { readonly telemetry: Telemetry },
  health: Health,
  options: { readonly bodyBytesMax: number },
  addRoutes: (server: FastifyInstance) => void,
): FastifyInstance {
  const server = Fastify({
    logger: false,
    bodyLimit: options.bodyBytesMax,
    requestTimeout: requestMsMax,
    keepAliveTimeout: keepAliveMs,
    routerOptions: { caseSensitive: true, ignoreTrailingSlash: false },
    forceCloseConnections: 'idle',
  });
  acceptAnyBody(server);
  server.addHook('onRequest', (_request, reply, done) => {
    reply.header('cache-control', 'no-store');
    done();
  });
  server.setErrorHandler((error, _request, reply) => {
    const refusal = toRefusal(error);
    if (refusal.status >= 500 && refusal.code !== 'UNAVAILABLE')
      deps.telemetry.error('request failed', error);
    if (refusal.retryAfterSeconds !== undefined) reply.header('retry-after', refusal.retryAfterSeconds);
    // 5xx tell no details: they speak of our insides.
    const body = refusal.status >= 500 ? { error: refusal.message, code: refusal.code } : refusal.toBody();
    return reply.header('cache-control', 'no-store').status(refusal.status).send(body);
  });
  server.setNotFoundHandler(() => {
    throw new UrrError('NOT_FOUND', 'there is nothing here');
  });
  const live = () => answer(health.isLive(), 'the worker is stuck');
  server.get('/health', async () => live());
  server.get('/api/v1/health', async () => live());
  server.get('/ready', async () => answer(health.isReady(), 'the worker is not ready'));
  addRoutes(server);
  return server;
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
  if (status === 413) return new UrrError('PAYLOAD_TOO_LARGE', 'the body is too large');
  if (typeof status === 'number' && status >= 400 && status < 500)
    return new UrrError('BAD_REQUEST', 'the request could not be read');
  return new UrrError('INTERNAL', 'something went wrong here', { cause: error });
}
