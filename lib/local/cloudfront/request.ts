import { type Headers, headerOf } from '../http.ts';

/** A viewer's request inside the edge. Each step that changes it returns a new object. */
export interface EdgeRequest {
  readonly method: string;
  /** Raw path, never decoded. */
  readonly uri: string;
  /** Names and values as in the request line: escaped, in order. */
  readonly query: readonly (readonly [string, string])[];
  /** Without `cookie`. */
  readonly headers: Headers;
  readonly cookies: readonly (readonly [string, string])[];
  readonly body: Buffer;
  readonly clientIp: string;
  readonly clientPort: number;
}

export function parseQuery(raw: string): [string, string][] {
  return raw
    .split('&')
    .filter((part) => part !== '')
    .map((part) => {
      const equals = part.indexOf('=');
      return equals < 0 ? [part, ''] : [part.slice(0, equals), part.slice(equals + 1)];
    });
}

export function formatQuery(query: EdgeRequest['query']): string {
  return query.map(([name, value]) => (value === '' ? name : `${name}=${value}`)).join('&');
}

export function parseCookies(headers: Headers): [string, string][] {
  return (headerOf(headers, 'cookie') ?? '')
    .split(';')
    .map((pair) => pair.trim())
    .filter((pair) => pair !== '')
    .map((pair) => {
      const equals = pair.indexOf('=');
      return equals < 0 ? ['', pair] : [pair.slice(0, equals), pair.slice(equals + 1)];
    });
}

export function formatCookies(cookies: EdgeRequest['cookies']): string {
  return cookies.map(([name, value]) => (name === '' ? value : `${name}=${value}`)).join('; ');
}
