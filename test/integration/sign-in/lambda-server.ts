import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { HttpAnswer } from '../../../functions/auth/http.ts';

type Handler = (event: unknown) => Promise<HttpAnswer>;

export interface LambdaServer {
  readonly url: string;
  use(handler: Handler): void;
  stop(): Promise<void>;
}

/** A handler behind HTTP, with API Gateway's payload 2.0 between, at `localhost` as a browser sees the local run. */
export async function startLambdaServer(originHeader: readonly [string, string]): Promise<LambdaServer> {
  let handler: Handler | undefined;
  const server: Server = createServer((request, response) => {
    void (async () => {
      const answer = await handler?.(eventOf(request, originHeader));
      response.writeHead(answer?.statusCode ?? 404, {
        ...answer?.headers,
        ...(answer?.cookies.length ? { 'set-cookie': [...answer.cookies] } : {}),
      });
      response.end(answer?.body);
    })();
  });
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://localhost:${port}`,
    use: (next) => {
      handler = next;
    },
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function eventOf(request: IncomingMessage, [name, value]: readonly [string, string]): unknown {
  const [rawPath = '/', rawQueryString = ''] = (request.url ?? '/').split('?', 2);
  const { cookie, ...headers } = request.headers;
  return {
    version: '2.0',
    rawPath,
    rawQueryString,
    ...(cookie === undefined ? {} : { cookies: cookie.split('; ') }),
    headers: {
      ...Object.fromEntries(Object.entries(headers).map(([key, given]) => [key, String(given)])),
      [name]: value,
    },
    requestContext: { http: { method: request.method } },
  };
}
