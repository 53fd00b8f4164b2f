import { UrrError } from '#core/errors.ts';

/**
 * A cookie's value in a Cookie header; undefined: it was not sent. Reads no other cookie, for this runs on every poll.
 *
 * @throws UrrError BAD_REQUEST when it was sent twice with two values: no browser does that with our names
 */
export function cookieValue(header: string | undefined, name: string): string | undefined {
  if (header === undefined) return undefined;
  let found: string | undefined;
  const wanted = `${name}=`;
  for (let at = header.indexOf(wanted); at !== -1; at = header.indexOf(wanted, at + 1)) {
    const isStart = at === 0 || header[at - 1] === ' ' || header[at - 1] === ';';
    if (!isStart) continue;
    const end = header.indexOf(';', at);
    const value = header.slice(at + wanted.length, end === -1 ? undefined : end).trim();
    if (found !== undefined && found !== value)
      throw new UrrError('BAD_REQUEST', `cookie ${name} was sent with two values`);
    found = value;
  }
  return found;
}

/** A value that may come as cookie or, from clients without cookies, as header. @throws UrrError BAD_REQUEST if they differ */
export function shown(
  cookies: string | undefined,
  cookieName: string,
  header: string | string[] | undefined,
  headerName: string,
): { readonly value: string; readonly isHeader: boolean } | undefined {
  if (Array.isArray(header)) throw new UrrError('BAD_REQUEST', `header ${headerName} was sent twice`);
  const cookie = cookieValue(cookies, cookieName);
  if (cookie !== undefined && header !== undefined && cookie !== header)
    throw new UrrError('BAD_REQUEST', `cookie ${cookieName} and header ${headerName} disagree`);
  if (header !== undefined && header !== '') return { value: header, isHeader: true };
  return cookie === undefined || cookie === '' ? undefined : { value: cookie, isHeader: false };
}

/** A cookie that scripts cannot read and other sites' forms do not send. */
export const setCookie = (name: string, value: string, maxAgeSeconds: number): string =>
  `${name}=${value}; Max-Age=${Math.max(0, maxAgeSeconds)}; Path=/; Secure; HttpOnly; SameSite=Lax`;
