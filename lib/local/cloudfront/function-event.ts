import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { Headers, OriginAnswer } from '../http.ts';
import { type EdgeRequest, parseQuery } from './request.ts';

/**
 * Event and result of a viewer-request CloudFront Function
 * (docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/functions-event-structure.html).
 */
export interface DistributionName {
  readonly id: string;
  readonly domainName: string;
}

const multi = z.object({ value: z.string() });
const valueSchema = z.object({ value: z.string(), multiValue: z.array(multi).optional() });
const valuesSchema = z.record(z.string(), valueSchema);
type Values = z.infer<typeof valuesSchema>;

const requestSchema = z.strictObject({
  method: z.string(),
  uri: z.string().startsWith('/'),
  querystring: z.union([z.string(), valuesSchema]),
  headers: valuesSchema,
  cookies: valuesSchema,
});

const responseSchema = z.strictObject({
  statusCode: z.int().min(200).max(599),
  statusDescription: z.string().optional(),
  headers: valuesSchema.optional(),
  cookies: z
    .record(
      z.string(),
      z.object({
        value: z.string(),
        attributes: z.string().optional(),
        multiValue: z.array(z.object({ value: z.string(), attributes: z.string().optional() })).optional(),
      }),
    )
    .optional(),
  body: z
    .union([z.string(), z.strictObject({ encoding: z.enum(['text', 'base64']), data: z.string() })])
    .optional(),
});

/** CloudFront fails the request (502) when a function changes these. */
const readOnlyHeaders = ['content-length', 'host', 'transfer-encoding', 'via'];

export function toFunctionEvent(request: EdgeRequest, distribution: DistributionName): object {
  return {
    version: '1.0',
    context: {
      distributionDomainName: distribution.domainName,
      distributionId: distribution.id,
      eventType: 'viewer-request',
      requestId: randomUUID(),
    },
    viewer: { ip: request.clientIp },
    request: {
      method: request.method,
      uri: request.uri,
      querystring: grouped(request.query),
      headers: grouped(
        Object.entries(request.headers).flatMap(([name, values]) =>
          values.map((value) => [name, value] as const),
        ),
      ),
      cookies: grouped(request.cookies),
    },
  };
}

/** Returns the request or response that a function's result describes. Throws if CloudFront would refuse the result. */
export function fromFunctionResult(
  result: unknown,
  request: EdgeRequest,
): { request: EdgeRequest } | { answer: OriginAnswer } {
  if (typeof result === 'object' && result !== null && 'statusCode' in result)
    return { answer: toAnswer(responseSchema.parse(result)) };
  const changed = requestSchema.parse(result);
  const headers: Headers = Object.fromEntries(
    Object.entries(changed.headers).map(([name, value]) => [name.toLowerCase(), all(value)]),
  );
  for (const name of readOnlyHeaders)
    if (headers[name]?.join() !== request.headers[name]?.join())
      throw new Error(`a viewer-request function may not change the header ${name}`);
  return {
    request: {
      ...request,
      method: changed.method,
      uri: changed.uri,
      query:
        typeof changed.querystring === 'string'
          ? parseQuery(changed.querystring)
          : pairs(changed.querystring),
      headers,
      cookies: pairs(changed.cookies),
    },
  };
}

function toAnswer({
  statusCode,
  headers = {},
  cookies = {},
  body = '',
}: z.infer<typeof responseSchema>): OriginAnswer {
  const setCookies = Object.entries(cookies).flatMap(([name, cookie]) =>
    (cookie.multiValue ?? [cookie]).map(
      ({ value, attributes }) => `${name}=${value}${attributes === undefined ? '' : `; ${attributes}`}`,
    ),
  );
  const named = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), all(value)] as const);
  return {
    status: statusCode,
    headers: { ...Object.fromEntries(named), ...(setCookies.length > 0 && { 'set-cookie': setCookies }) },
    body:
      typeof body === 'string'
        ? Buffer.from(body)
        : Buffer.from(body.data, body.encoding === 'base64' ? 'base64' : 'utf8'),
  };
}

/** Returns `{name: {value, multiValue?}}`. `value` is the last of several values, and `multiValue` has all of them. */
function grouped(entries: readonly (readonly [string, string])[]): Values {
  const values = new Map<string, string[]>();
  for (const [name, value] of entries) values.set(name, [...(values.get(name) ?? []), value]);
  return Object.fromEntries(
    [...values].map(([name, list]) => [
      name,
      {
        value: list.at(-1) ?? '',
        ...(list.length > 1 && { multiValue: list.map((value) => ({ value })) }),
      },
    ]),
  );
}

function all({ value, multiValue }: z.infer<typeof valueSchema>): string[] {
  return multiValue === undefined ? [value] : multiValue.map((one) => one.value);
}

function pairs(values: Values): [string, string][] {
  return Object.entries(values).flatMap(([name, value]) =>
    all(value).map((one): [string, string] => [name, one]),
  );
}
