import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Context } from 'aws-lambda';
import type { createHttpHandler } from '../../../functions/shared/pipeline.ts';

type Handler = ReturnType<typeof createHttpHandler>;

const context: Context = {
  callbackWaitsForEmptyEventLoop: false,
  functionName: 'auth',
  functionVersion: '1',
  invokedFunctionArn: 'arn:aws:lambda:ap-northeast-2:000000000000:function:auth',
  memoryLimitInMB: '512',
  awsRequestId: '00000000-0000-0000-0000-000000000000',
  logGroupName: 'auth',
  logStreamName: 'auth',
  getRemainingTimeInMillis: () => 10_000,
  done: () => {},
  fail: () => {},
  succeed: () => {},
};

interface LambdaServer {
  readonly url: string;
  use(handler: Handler): void;
  stop(): Promise<void>;
}

/** Serves a handler over HTTP with API Gateway's payload 2.0, at `localhost` as in the local run. */
export async function startLambdaServer(originHeader: readonly [string, string]): Promise<LambdaServer> {
  let handler: Handler | undefined;
  const server: Server = createServer((request, response) => {
    const answering =
      handler?.(eventOf(request, originHeader), context) ?? Promise.reject(new Error('no handler'));
    answering.then(
      ({ statusCode, headers, cookies = [], body }) => {
        response.writeHead(statusCode, {
          ...headers,
          ...(cookies.length > 0 ? { 'set-cookie': cookies } : {}),
        });
        response.end(body);
      },
      (error: unknown) => response.writeHead(502).end(String(error)),
    );
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
    routeKey: `${request.method} ${rawPath.slice(0, rawPath.lastIndexOf('/'))}/{id}`,
    pathParameters: { id: rawPath.slice(rawPath.lastIndexOf('/') + 1) },
    rawPath,
    rawQueryString,
    ...(cookie === undefined ? {} : { cookies: cookie.split('; ') }),
    headers: {
      [name]: value,
      ...Object.fromEntries(Object.entries(headers).map(([key, given]) => [key, String(given)])),
    },
    requestContext: { http: { method: request.method, sourceIp: '127.0.0.1' } },
  };
}
