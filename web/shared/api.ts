import { object, type Reader, text } from './decode.ts';

/** How a request ended. Nothing throws: a lost network is an ordinary thing for a phone in a crowd. */
export type Answer<T> =
  | { readonly kind: 'ok'; readonly value: T }
  | {
      readonly kind: 'refused';
      readonly code: string;
      readonly retryAfterSeconds: number | null;
      /** Of the error format; the caller reads what it expects of it. */
      readonly details?: unknown;
    }
  /** No answer in time, or one that could not be read. */
  | { readonly kind: 'lost' };

/** Every answer but a success. */
export type Refusal = Exclude<Answer<unknown>, { kind: 'ok' }>;

export interface RequestOptions {
  readonly method?: 'GET' | 'POST';
  readonly cache?: RequestCache;
  /** Sent as JSON. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A waiting person's connection may be slow, but a request that hangs longer than this is better asked again. */
const timeoutMs = 10_000;
const anything: Reader<unknown> = (value) => value;
const errorBody = object({ code: text, details: anything });

export async function request<T>(
  path: string,
  reader: Reader<T>,
  options: RequestOptions = {},
): Promise<Answer<T>> {
  try {
    const response = await fetch(path, {
      method: options.method ?? 'GET',
      cache: options.cache ?? 'default',
      headers: {
        accept: 'application/json',
        ...(options.body === undefined ? {} : { 'content-type': 'application/json' }),
        ...options.headers,
      },
      ...(options.body === undefined ? {} : { body: JSON.stringify(options.body) }),
      signal: AbortSignal.timeout(timeoutMs),
      // An API answers; it never sends a page elsewhere by itself.
      redirect: 'error',
    });
    if (response.ok) return { kind: 'ok', value: reader(await response.json()) };
    return {
      kind: 'refused',
      ...(await reasonOf(response)),
      retryAfterSeconds: retryAfterSeconds(response.headers.get('retry-after'), Date.now()),
    };
  } catch {
    return { kind: 'lost' };
  }
}

/** The code of the one error format; an answer from something in between (a proxy's page) is named by its status. */
async function reasonOf(response: Response): Promise<{ readonly code: string; readonly details?: unknown }> {
  try {
    return errorBody(await response.json());
  } catch {
    return {
      code: codeOfStatus.get(response.status) ?? (response.status >= 500 ? 'UNAVAILABLE' : 'BAD_REQUEST'),
    };
  }
}

const codeOfStatus = new Map([
  [401, 'NOT_SIGNED_IN'],
  [403, 'FORBIDDEN'],
  [404, 'NOT_FOUND'],
  [429, 'TOO_MANY_REQUESTS'],
]);

/** Retry-After is seconds or a date (RFC 9110 10.2.3); anything else is as if it were not there. */
export function retryAfterSeconds(header: string | null, nowMs: number): number | null {
  if (header === null) return null;
  if (/^\d{1,9}$/.test(header.trim())) return Number(header);
  const atMs = Date.parse(header);
  return Number.isNaN(atMs) ? null : Math.max(0, Math.ceil((atMs - nowMs) / 1000));
}
