import { z } from 'zod';
import type { OriginHeaders } from '#core/access/same-origin.ts';
import { UrrError } from '#core/errors.ts';

/**
 * What we read of an HTTP API request (payload format 2.0). API Gateway adds more, and may add more still, so this is
 * not a strict object. Header names arrive in lower case.
 */
export const httpRequestSchema = z.object({
  /** `GET /vwr/status/{eventId}`, as the API knows the route. */
  routeKey: z.string().max(200),
  headers: z.record(z.string(), z.string().optional()).default({}),
  /** One `name=value` each. */
  cookies: z.array(z.string()).max(200).default([]),
  pathParameters: z.record(z.string(), z.string().optional()).default({}),
  queryStringParameters: z.record(z.string(), z.string().optional()).default({}),
  /** Without the question mark. A name that came twice shows here alone: above, its values are joined by a comma. */
  rawQueryString: z.string().max(8192).default(''),
  /** Address of the connection to the HTTP API: CloudFront's. */
  requestContext: z
    .object({ http: z.object({ sourceIp: z.string().max(100) }) })
    .default({ http: { sourceIp: 'unknown' } }),
});
export type HttpRequest = z.infer<typeof httpRequestSchema>;

/** What a browser says of the page that makes the request. */
export const originHeaders = ({ headers }: HttpRequest): OriginHeaders => ({
  origin: headers.origin,
  secFetchSite: headers['sec-fetch-site'],
});

export interface HttpResponse {
  readonly statusCode: number;
  readonly headers: Record<string, string>;
  readonly cookies?: string[];
  readonly body: string;
}

/** An answer. Nobody may keep it unless `headers` says otherwise. */
export function json(
  statusCode: number,
  body: unknown,
  extra: { readonly headers?: Record<string, string>; readonly cookies?: readonly string[] } = {},
): HttpResponse {
  const headers = {
    'content-type': 'application/json; charset=utf-8',
    'cache-control': 'no-store',
    ...extra.headers,
  };
  const cookies = extra.cookies ?? [];
  return {
    statusCode,
    headers,
    ...(cookies.length > 0 ? { cookies: [...cookies] } : {}),
    body: JSON.stringify(body),
  };
}

/** Any error as the one format. Whatever is not a UrrError stays inside: people get a general sentence. */
export function errorResponse(error: unknown): HttpResponse {
  const refusal = error instanceof UrrError ? error : new UrrError('INTERNAL', 'something went wrong here');
  const seconds = refusal.retryAfterSeconds;
  return json(
    refusal.status,
    isServerFault(refusal) ? { error: refusal.message, code: refusal.code } : refusal.toBody(),
    {
      headers: seconds === undefined ? {} : { 'retry-after': String(seconds) },
    },
  );
}

/** 5xx tell no details: they speak of our insides. */
const isServerFault = (error: UrrError): boolean => error.status >= 500;

/**
 * A cookie's value; undefined: it was not sent.
 * @throws UrrError BAD_REQUEST when it was sent twice with two values: no browser does that with our names
 */
export function cookie(request: HttpRequest, name: string): string | undefined {
  const values = new Set(
    request.cookies
      .map((pair) => pair.trim())
      .filter((pair) => pair.startsWith(`${name}=`))
      .map((pair) => pair.slice(name.length + 1)),
  );
  if (values.size > 1) throw new UrrError('BAD_REQUEST', `cookie ${name} was sent with two values`);
  return values.values().next().value;
}

/**
 * A value that may come as cookie or, from clients without cookies, as header.
 * @throws UrrError BAD_REQUEST when both came and disagree
 */
export function cookieOrHeader(
  request: HttpRequest,
  cookieName: string,
  headerName: string,
): { readonly value: string; readonly from: 'cookie' | 'header' } | undefined {
  const fromCookie = cookie(request, cookieName);
  const fromHeader = request.headers[headerName];
  if (fromCookie !== undefined && fromHeader !== undefined && fromCookie !== fromHeader)
    throw new UrrError('BAD_REQUEST', `cookie ${cookieName} and header ${headerName} disagree`);
  if (fromHeader !== undefined) return { value: fromHeader, from: 'header' };
  return fromCookie === undefined ? undefined : { value: fromCookie, from: 'cookie' };
}

/** A cookie that scripts cannot read and other sites' forms do not send. */
export const setCookie = (
  name: string,
  value: string,
  maxAgeSeconds: number,
  sameSite: 'Lax' | 'Strict' = 'Lax',
): string => `${name}=${value}; Max-Age=${maxAgeSeconds}; Path=/; Secure; HttpOnly; SameSite=${sameSite}`;
