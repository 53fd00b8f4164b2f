import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { Headers, OriginAnswer } from '../http.ts';
import type { DistributionName } from './function-event.ts';

/**
 * Event and result of a Lambda@Edge function on the viewer or the origin request
 * (docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/lambda-event-structure.html).
 */
interface EdgeLambdaRequest {
  readonly clientIp: string;
  readonly method: string;
  readonly uri: string;
  readonly rawQuery: string;
  /** As forwarded to the origin, `cookie` included. */
  readonly headers: Headers;
}

interface EdgeOrigin {
  readonly kind: 's3' | 'custom';
  readonly domainName: string;
  readonly path: string;
  readonly customHeaders: Headers;
  readonly region: string;
}

const headersSchema = z.record(
  z.string(),
  z.array(z.object({ key: z.string().optional(), value: z.string() })).max(100),
);
const resultSchema = z.union([
  z.object({
    status: z.coerce.number().int().min(200).max(599),
    statusDescription: z.string().optional(),
    headers: headersSchema.optional(),
    body: z.string().optional(),
    bodyEncoding: z.enum(['text', 'base64']).optional(),
  }),
  z.object({
    method: z.string(),
    uri: z.string().startsWith('/'),
    querystring: z.string(),
    headers: headersSchema,
  }),
]);

/** Limit of a Lambda@Edge response in bytes, headers included (1 MB). */
const answerBytesMax = 1024 * 1024;

/** Returns the function's event. Without an origin it is a viewer request, because the origin is chosen later. */
export function toEdgeEvent(
  request: EdgeLambdaRequest,
  origin: EdgeOrigin | undefined,
  distribution: DistributionName,
): object {
  return {
    Records: [
      {
        cf: {
          config: {
            distributionDomainName: distribution.domainName,
            distributionId: distribution.id,
            eventType: origin === undefined ? 'viewer-request' : 'origin-request',
            requestId: randomUUID(),
          },
          request: {
            clientIp: request.clientIp,
            method: request.method,
            uri: request.uri,
            querystring: request.rawQuery,
            headers: toPairs(request.headers),
            ...(origin !== undefined && { origin: describe(origin) }),
          },
        },
      },
    ],
  };
}

function describe(origin: EdgeOrigin): object {
  const common = {
    customHeaders: toPairs(origin.customHeaders),
    domainName: origin.domainName,
    path: origin.path,
  };
  if (origin.kind === 's3') return { s3: { ...common, authMethod: 'none', region: origin.region } };
  return {
    custom: {
      ...common,
      port: 443,
      protocol: 'https',
      readTimeout: 30,
      keepaliveTimeout: 5,
      sslProtocols: ['TLSv1.2'],
    },
  };
}

export function fromEdgeResult(
  result: unknown,
):
  | { answer: OriginAnswer }
  | { request: { method: string; uri: string; rawQuery: string; headers: Headers } } {
  const parsed = resultSchema.parse(result);
  if ('status' in parsed) {
    const body = Buffer.from(parsed.body ?? '', parsed.bodyEncoding === 'base64' ? 'base64' : 'utf8');
    if (body.length > answerBytesMax) throw new Error('a Lambda@Edge response is larger than 1 MB');
    return { answer: { status: parsed.status, headers: fromPairs(parsed.headers ?? {}), body } };
  }
  const { method, uri, querystring, headers } = parsed;
  return { request: { method, uri, rawQuery: querystring, headers: fromPairs(headers) } };
}

function toPairs(headers: Headers): Record<string, { key: string; value: string }[]> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, values]) => [
      name,
      values.map((value) => ({ key: capitalised(name), value })),
    ]),
  );
}

function fromPairs(headers: z.infer<typeof headersSchema>): Headers {
  return Object.fromEntries(
    Object.entries(headers).map(([name, values]) => [name.toLowerCase(), values.map(({ value }) => value)]),
  );
}

function capitalised(name: string): string {
  return name.replace(/(?<=^|-)[a-z]/g, (letter) => letter.toUpperCase());
}
