import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { type Headers, headerOf, jsonAnswer, type OriginAnswer, type OriginCall } from '../http.ts';

interface EventContext {
  readonly apiId: string;
  readonly account: string;
  readonly domainName: string;
  readonly stage: string;
  readonly routeKey: string;
  readonly pathParameters: Readonly<Record<string, string>>;
  readonly nowMs: number;
}

/**
 * The event of payload format 2.0
 * (docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html).
 */
export function toEvent(call: OriginCall, context: EventContext): object {
  const { cookie, ...others } = call.headers;
  const headers = Object.fromEntries(
    Object.entries(others).map(([name, values]) => [name, values.join(',')]),
  );
  const query: Record<string, string> = {};
  for (const [name, value] of new URLSearchParams(call.rawQuery))
    query[name] = name in query ? `${query[name]},${value}` : value;
  const isText = /^(?:text\/|application\/(?:json|javascript|xml|x-www-form-urlencoded))/.test(
    headerOf(call.headers, 'content-type') ?? 'text/plain',
  );
  return {
    version: '2.0',
    routeKey: context.routeKey,
    rawPath: call.rawPath,
    rawQueryString: call.rawQuery,
    ...(cookie && { cookies: cookie.flatMap((line) => line.split(/;\s*/)).filter((pair) => pair !== '') }),
    headers: {
      ...headers,
      host: context.domainName,
      // The HTTP API appends the address of its caller, as every proxy does.
      'x-forwarded-for': [headers['x-forwarded-for'], call.sourceIp].filter((part) => part).join(', '),
    },
    ...(Object.keys(query).length > 0 && { queryStringParameters: query }),
    ...(Object.keys(context.pathParameters).length > 0 && { pathParameters: context.pathParameters }),
    requestContext: {
      accountId: context.account,
      apiId: context.apiId,
      domainName: context.domainName,
      domainPrefix: context.apiId,
      http: {
        method: call.method,
        path: call.rawPath,
        protocol: 'HTTP/1.1',
        sourceIp: call.sourceIp,
        userAgent: headerOf(call.headers, 'user-agent') ?? '',
      },
      requestId: randomUUID(),
      routeKey: context.routeKey,
      stage: context.stage,
      time: new Date(context.nowMs).toISOString(),
      timeEpoch: context.nowMs,
    },
    ...(call.body.length > 0 && { body: call.body.toString(isText ? 'utf8' : 'base64') }),
    isBase64Encoded: call.body.length > 0 && !isText,
  };
}

const scalar = z.union([z.string(), z.number(), z.boolean()]);
const resultSchema = z.object({
  statusCode: z.coerce.number().int().min(100).max(599),
  headers: z.record(z.string(), scalar).optional(),
  cookies: z.array(z.string()).optional(),
  body: z.string().optional(),
  isBase64Encoded: z.boolean().optional(),
});

/** Returns the HTTP response for a function's result. A result without `statusCode` is the body of a 200. */
export function fromResult(result: unknown): OriginAnswer {
  if (typeof result !== 'object' || result === null || !('statusCode' in result))
    return jsonAnswer(200, result);
  const parsed = resultSchema.safeParse(result);
  if (!parsed.success) return jsonAnswer(500, { message: 'Internal Server Error' });
  const { statusCode, headers = {}, cookies = [], body = '', isBase64Encoded = false } = parsed.data;
  const named: Headers = Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name.toLowerCase(), [String(value)]]),
  );
  return {
    status: statusCode,
    headers: {
      'content-type': ['text/plain;charset=utf-8'],
      ...named,
      ...(cookies.length > 0 && { 'set-cookie': cookies }),
    },
    body: Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8'),
  };
}
