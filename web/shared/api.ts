import { object, type Reader, text } from './decode.ts';

/** Result of a request. No request throws: a phone in a crowd loses its network all the time. */
export type Answer<T> =
  | { readonly kind: 'ok'; readonly value: T }
  | {
      readonly kind: 'refused';
      readonly code: string;
      readonly retryAfterSeconds: number | null;
      /** `details` of the error format, not validated. */
      readonly details?: unknown;
    }
  /** No answer in time, or an unreadable one. */
  | { readonly kind: 'lost' };

/** Every answer but a success. */
export type Refusal = Exclude<Answer<unknown>, { kind: 'ok' }>;

export interface RequestOptions {
  /** @default 'GET' */
  readonly method?: 'GET' | 'POST';
  /** @default 'default', the browser's own rules */
  readonly cache?: RequestCache;
  /** Sent as JSON. @default no body */
  readonly body?: unknown;
  /** In addition to the content types. @default none */
  readonly headers?: Readonly<Record<string, string>>;
}

/** Slow connections answer within this time; a request that hangs longer is more likely lost than late. */
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
      // No requested route redirects: a redirect comes from a captive portal or a proxy, and its page is no answer.
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

/** The code in the API's error format. An error page of a proxy has none, so its status is mapped to one. */
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

/** Retry-After is seconds or a date (RFC 9110 10.2.3); anything else is ignored. */
export function retryAfterSeconds(header: string | null, nowMs: number): number | null {
  if (header === null) return null;
  if (/^\d{1,9}$/.test(header.trim())) return Number(header);
  const atMs = Date.parse(header);
  return Number.isNaN(atMs) ? null : Math.max(0, Math.ceil((atMs - nowMs) / 1000));
}
