import { z } from 'zod';
import { pairOf } from '#core/access/pairs.ts';
import { presentedAccess, presentedCookie, type RequestValues } from '#core/access/presented.ts';
import type { OriginHeaders } from '#core/access/same-origin.ts';
import { UrrError } from '#core/errors.ts';
import { onlyValue } from './only-value.ts';

/**
 * The used part of an HTTP API request (payload format 2.0). API Gateway sends more fields and may add others, so the object
 * is not strict. Header names arrive in lower case.
 */
export const httpRequestSchema = z.object({
  /** The route of the API, for example `GET /vwr/status/{eventId}`. */
  routeKey: z.string().max(200),
  headers: z.record(z.string(), z.string().optional()).default({}),
  /** One `name=value` each. */
  cookies: z.array(z.string()).max(200).default([]),
  pathParameters: z.record(z.string(), z.string().optional()).default({}),
  queryStringParameters: z.record(z.string(), z.string().optional()).default({}),
  /** Without the question mark. A repeated name is visible only here: above, its values are joined by a comma. */
  rawQueryString: z.string().max(8192).default(''),
  /** The peer of the HTTP API: CloudFront. */
  requestContext: z
    .object({ http: z.object({ sourceIp: z.string().max(100) }) })
    .default({ http: { sourceIp: 'unknown' } }),
});
export type HttpRequest = z.infer<typeof httpRequestSchema>;

/** Returns the browser's headers about the page that sends the request. */
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

/** Returns a response that no cache may keep, unless `headers` allows it. */
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

/** Returns any error in the common format. Details of an error that is not a UrrError are left out. */
export function errorResponse(error: unknown): HttpResponse {
  const refusal =
    error instanceof UrrError
      ? error
      : new UrrError('INTERNAL', 'an internal error occurred; please try again');
  const seconds = refusal.retryAfterSeconds;
  return json(
    refusal.status,
    isServerFault(refusal) ? { error: refusal.message, code: refusal.code } : refusal.toBody(),
    {
      headers: seconds === undefined ? {} : { 'retry-after': String(seconds) },
    },
  );
}

/** 5xx responses contain no details, because those describe internals. */
const isServerFault = (error: UrrError): boolean => error.status >= 500;

/** Returns a request in the form that lib/core/access reads. */
export const requestValues = ({ headers, cookies }: HttpRequest): RequestValues => ({
  header: (name) => [headers[name] ?? []].flat(),
  cookies: cookies.map(pairOf),
});

/**
 * Returns a cookie's value; undefined: it was not sent.
 * @throws UrrError BAD_REQUEST when it was sent with two values: no browser does that with URR's names
 */
export const cookie = (request: HttpRequest, name: string): string | undefined =>
  onlyValue(presentedCookie(requestValues(request), name), `cookie ${name}`)?.value;

/** Returns the access token; undefined: none was sent. @throws UrrError BAD_REQUEST when cookie and header differ */
export const accessTokenOf = (request: HttpRequest): string | undefined =>
  onlyValue(presentedAccess(requestValues(request)), 'access token')?.value;
