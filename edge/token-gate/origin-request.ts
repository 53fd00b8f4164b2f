import * as z from 'zod/mini';
import { pairsOf } from '#core/access/pairs.ts';
import { forwardedForHeader } from '../shared/headers.ts';
import { droppedCookie, type Refusal, render } from '../shared/refusal.ts';
import type { GateRequest } from '../shared/request.ts';

/** The used part of Lambda@Edge's request events (lambda-event-structure). Other fields are forwarded unchanged. */
const headersSchema = z.record(z.string(), z.array(z.looseObject({ value: z.string() })));
const originSchema = z.looseObject({ customHeaders: z.optional(headersSchema) });
const requestSchema = z.looseObject({
  method: z.string(),
  uri: z.string(),
  querystring: z.string(),
  headers: headersSchema,
  origin: z.optional(z.looseObject({ custom: z.optional(originSchema), s3: z.optional(originSchema) })),
});
const eventSchema = z.looseObject({
  Records: z
    .array(z.looseObject({ cf: z.looseObject({ request: requestSchema }) }))
    .check(z.minLength(1), z.maxLength(1)),
});
export type OriginRequest = z.infer<typeof requestSchema>;
type Headers = z.infer<typeof headersSchema>;

/**
 * Returns the request of an event.
 * @throws Error if the event does not match CloudFront's documentation
 */
export function parseOriginRequest(event: unknown): OriginRequest {
  const [record] = eventSchema.parse(event).Records;
  if (record === undefined) throw new Error('an origin-request event has one record');
  return record.cf.request;
}

/** Returns the value of a header that the distribution adds for this origin. A client cannot set it. */
export function originHeader(request: OriginRequest, name: string): string | undefined {
  const origin = request.origin?.custom ?? request.origin?.s3;
  return valuesOf(origin?.customHeaders ?? {}, name)[0];
}

/**
 * Returns the request to forward. A viewer request has no origin yet, and its X-Forwarded-For comes from the visitor:
 * it is removed, because CloudFront would append to it (E3).
 */
export function forward(request: OriginRequest, uri: string): OriginRequest {
  if (request.origin !== undefined) return { ...request, uri };
  const { [forwardedForHeader]: _, ...headers } = request.headers;
  return { ...request, uri, headers };
}

export function readRequest(request: OriginRequest): GateRequest {
  return {
    method: request.method,
    path: request.uri,
    header: (name) => valuesOf(request.headers, name),
    headerNames: Object.keys(request.headers),
    cookies: valuesOf(request.headers, 'cookie').flatMap((line) => pairsOf(line, ';')),
    query: pairsOf(request.querystring, '&'),
  };
}

function valuesOf(headers: Headers, name: string): string[] {
  return Object.hasOwn(headers, name) ? (headers[name] ?? []).map((entry) => entry.value) : [];
}

/** A response of Lambda@Edge instead of the origin's. */
export interface EdgeResponse {
  readonly status: string;
  readonly headers: Readonly<Record<string, readonly { readonly key: string; readonly value: string }[]>>;
  readonly body: string;
}

export function respond(refusal: Refusal): EdgeResponse {
  const { status, headers, body, clearCookies } = render(refusal);
  const listed = headers.map(([name, value]) => [name, [{ key: name, value }]] as const);
  const dropped = clearCookies.map((name) => ({ key: 'set-cookie', value: `${name}=; ${droppedCookie}` }));
  const cookies = dropped.length > 0 ? { 'set-cookie': dropped } : {};
  return { status: `${status}`, headers: { ...Object.fromEntries(listed), ...cookies }, body };
}
