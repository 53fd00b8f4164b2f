import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { bodyBytesMax, type Headers, type OriginAnswer } from '../http.ts';
import { plainError } from './plain-error.ts';
import { type EdgeRequest, parseCookies, parseQuery } from './request.ts';

/** Limits of CloudFront in bytes: request line with headers, and URL (cloudfront-limits.html). */
const headBytesMax = 20_480;
const urlBytesMax = 8_192;
const methods = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'OPTIONS', 'DELETE']);

/** Handler of the public address, once the templates run. */
interface Answering {
  answer(request: EdgeRequest): Promise<OriginAnswer>;
}

/**
 * The public address. It opens before the system behind it runs, because the templates contain it: sign-in redirects to
 * it. Until a distribution runs, every response is 503.
 */
export interface Entrance {
  readonly url: string;
  distribution: Answering | undefined;
  stop(): Promise<void>;
}

/**
 * Opens the address on both loopback addresses, so that http://localhost reaches it. A malformed request gets a 4xx,
 * never a 5xx, and is not forwarded.
 * @param ports tried in this order while they are in use; 0 takes any free one
 * @throws the error EADDRINUSE of the last one
 */
export async function openEntrance(ports: readonly number[]): Promise<Entrance> {
  const servers: Server[] = [];
  const entrance: Entrance = {
    url: '',
    distribution: undefined,
    async stop() {
      await Promise.all(
        servers.map(async (server) => {
          const closed = once(server, 'close');
          server.close();
          server.closeAllConnections();
          await closed;
        }),
      );
    },
  };
  // A port that is free on one address may be in use on the other. Then another one is tried.
  const tries = ports.flatMap((port) => (port === 0 ? Array.from({ length: anyTriesMax }, () => 0) : [port]));
  let problem: unknown = new Error('no port to listen on');
  for (const port of tries) {
    try {
      const chosen = await listenOn(entrance, port, '127.0.0.1', servers);
      await listenOn(entrance, chosen, '::1', servers);
      return Object.assign(entrance, { url: `http://localhost:${chosen}` });
    } catch (error) {
      await entrance.stop();
      servers.length = 0;
      if (!isPortInUse(error)) throw error;
      problem = error;
    }
  }
  throw problem;
}

const anyTriesMax = 5;

export const isPortInUse = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';

/** Returns the port. On a machine without IPv6 one loopback address is enough. */
async function listenOn(entrance: Entrance, port: number, host: string, servers: Server[]): Promise<number> {
  const server = createServer(
    { maxHeaderSize: headBytesMax, requireHostHeader: true, keepAliveTimeout: 60_000 },
    (request, response) => {
      void serve(entrance, request, response);
    },
  );
  server.maxHeadersCount = 2000;
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => {
    const status = error.code === 'HPE_HEADER_OVERFLOW' ? '413 Request Entity Too Large' : '400 Bad Request';
    if (socket.writable) socket.end(`HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`);
    else socket.destroy();
  });
  server.on('connect', (_request, socket: Socket) => {
    socket.end('HTTP/1.1 405 Method Not Allowed\r\nconnection: close\r\ncontent-length: 0\r\n\r\n');
  });
  server.listen(port, host);
  try {
    await once(server, 'listening');
  } catch (error) {
    if (host === '::1' && !isPortInUse(error)) return port;
    throw error;
  }
  servers.push(server);
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  return address.port;
}

async function serve(
  { distribution }: Entrance,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  try {
    const refused = refuse(request);
    if (refused !== undefined) {
      send(plainError(refused), request, response);
      return;
    }
    const body = await readBody(request);
    const answer =
      body === undefined
        ? plainError(413)
        : ((await distribution?.answer(toEdgeRequest(request, body))) ?? plainError(503));
    send(answer, request, response);
  } catch {
    // The viewer has disconnected, or sent a header that Node refuses to send.
    if (!response.headersSent) send(plainError(502), request, response);
    else response.destroy();
  }
}

function refuse(request: IncomingMessage): number | undefined {
  const { url = '', method = '', headers } = request;
  if (Buffer.byteLength(url) > urlBytesMax) return 413;
  // The absolute form and `*` are for proxies, which CloudFront is not.
  if (!url.startsWith('/')) return 400;
  // Node reads bytes above 0x7f as Latin-1. They are not allowed in a request line (RFC 9112 3.2).
  if (/[^\x21-\x7e]/.test(url)) return 400;
  if (!methods.has(method)) return 405;
  if (!isLocalHost(headers.host ?? '')) return 403;
  return undefined;
}

/** CloudFront responds with 403 to a host name of no distribution; here this also prevents DNS rebinding. */
function isLocalHost(host: string): boolean {
  return /^(?:localhost|127\.0\.0\.1|\[::1\]|[a-z0-9-]+\.localhost)(?::\d{1,5})?$/i.test(host);
}

function toEdgeRequest(request: IncomingMessage, body: Buffer): EdgeRequest {
  const url = request.url ?? '/';
  const mark = url.indexOf('?');
  const headers: Record<string, readonly string[]> = {};
  for (const [name, values] of Object.entries(request.headersDistinct))
    if (values !== undefined) headers[name] = values;
  const { cookie: _, ...others } = headers;
  const { remoteAddress = '127.0.0.1', remotePort = 0 } = request.socket;
  return {
    method: request.method ?? 'GET',
    uri: mark < 0 ? url : url.slice(0, mark),
    query: mark < 0 ? [] : parseQuery(url.slice(mark + 1)),
    headers: others,
    cookies: parseCookies(headers),
    body,
    clientIp: remoteAddress,
    clientPort: remotePort,
  };
}

async function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    const part = Buffer.from(chunk);
    bytes += part.length;
    if (bytes > bodyBytesMax) return undefined;
    chunks.push(part);
  }
  return Buffer.concat(chunks);
}

const hopHeaders = new Set(['connection', 'keep-alive', 'transfer-encoding', 'content-length']);

function send(answer: OriginAnswer, request: IncomingMessage, response: ServerResponse): void {
  if (response.destroyed) return;
  const headers: Headers = answer.headers;
  for (const [name, values] of Object.entries(headers))
    if (!hopHeaders.has(name))
      response.setHeader(name, values.length === 1 ? (values[0] ?? '') : [...values]);
  response.statusCode = answer.status;
  if (answer.status !== 304 && answer.status !== 204)
    response.setHeader('content-length', answer.body.length);
  // A refused upload is not read to its end, so the connection cannot be used again.
  if (!request.complete) response.setHeader('connection', 'close');
  response.end(request.method === 'HEAD' ? undefined : answer.body);
}
