import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { emptyBody, type Headers, headerOf, type OriginAnswer } from '../http.ts';
import type { CachePolicy, ResponseHeadersPolicy } from './policies.ts';
import type { EdgeRequest } from './request.ts';

/** CloudFront compresses responses of these types between 1,000 and 10,000,000 bytes (ServingCompressedFiles). */
const compressible =
  /^(?:text\/(?:html|css|plain|javascript|xml|csv|markdown)|application\/(?:json|javascript|xml|manifest\+json|wasm|xhtml\+xml)|image\/svg\+xml|font\/(?:ttf|otf))/;
const compressBytesMin = 1000;
const compressBytesMax = 10_000_000;

/** Compressed forms of cached bodies, because one response is served thousands of times. */
const compressed = new WeakMap<Buffer, Map<string, Buffer>>();

export function applyHeadersPolicy(headers: Headers, policy: ResponseHeadersPolicy | undefined): Headers {
  if (policy === undefined) return headers;
  const result: Record<string, readonly string[]> = { ...headers };
  for (const name of policy.remove) delete result[name];
  for (const { name, value, override } of policy.set)
    if (override || result[name] === undefined) result[name] = [value];
  return result;
}

/** Compresses the body if the viewer accepts it and the cache policy allows it. */
export function encode(answer: OriginAnswer, request: EdgeRequest, policy: CachePolicy): OriginAnswer {
  const { body, headers } = answer;
  const isEligible =
    body.length >= compressBytesMin &&
    body.length <= compressBytesMax &&
    headers['content-encoding'] === undefined &&
    compressible.test(headerOf(headers, 'content-type') ?? '');
  if (!isEligible) return answer;
  const accepted = (headerOf(request.headers, 'accept-encoding') ?? '')
    .split(',')
    .map((part) => part.trim())
    .filter((part) => !/;\s*q=0(?:\.0*)?$/.test(part))
    .map((part) => part.split(';')[0]);
  const encoding =
    policy.brotli && accepted.includes('br')
      ? 'br'
      : policy.gzip && accepted.includes('gzip')
        ? 'gzip'
        : undefined;
  if (encoding === undefined) return answer;
  return {
    ...answer,
    headers: {
      ...headers,
      'content-encoding': [encoding],
      vary: ['Accept-Encoding'],
      // A compressed body is another representation: CloudFront weakens the entity tag.
      ...(headers.etag && {
        etag: headers.etag.map((tag) => (tag.startsWith('W/') ? tag : `W/${tag}`)),
      }),
    },
    body: compress(body, encoding),
  };
}

function compress(body: Buffer, encoding: 'br' | 'gzip'): Buffer {
  const forms = compressed.get(body) ?? new Map<string, Buffer>();
  compressed.set(body, forms);
  const known = forms.get(encoding);
  if (known !== undefined) return known;
  const made =
    encoding === 'br'
      ? brotliCompressSync(body, { params: { [constants.BROTLI_PARAM_QUALITY]: 5 } })
      : gzipSync(body);
  forms.set(encoding, made);
  return made;
}

/** Returns 304 if the viewer already has this response. */
export function notModified(answer: OriginAnswer, request: EdgeRequest): OriginAnswer {
  const tag = headerOf(answer.headers, 'etag');
  const known = headerOf(request.headers, 'if-none-match');
  const isRead = request.method === 'GET' || request.method === 'HEAD';
  if (!isRead || answer.status !== 200 || tag === undefined || known === undefined) return answer;
  const strong = (value: string) => value.trim().replace(/^W\//, '');
  if (known.trim() !== '*' && !known.split(',').some((one) => strong(one) === strong(tag))) return answer;
  const { 'content-type': _, 'content-encoding': __, 'content-length': ___, ...headers } = answer.headers;
  return { status: 304, headers, body: emptyBody };
}
