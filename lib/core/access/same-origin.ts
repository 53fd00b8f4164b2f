import { UrrError } from '../errors.ts';

/** Header values as received; undefined if the client sent none. */
export interface OriginHeaders {
  readonly origin: string | undefined;
  readonly secFetchSite: string | undefined;
}

/**
 * Whether a request that changes state comes from a page of this site. SameSite cookies exclude other sites; this also
 * excludes sibling subdomains and browsers without SameSite. Every browser sends Origin on POST, and Sec-Fetch-Site
 * must agree with it. A request with neither header is not from a page of this site.
 */
export function isSameOrigin(headers: OriginHeaders, siteOrigin: string): boolean {
  const { origin, secFetchSite } = headers;
  if (secFetchSite !== undefined && secFetchSite !== 'same-origin') return false;
  if (origin !== undefined) return origin === siteOrigin;
  return secFetchSite === 'same-origin';
}

/**
 * Whether a page of another site made the request. Sec-Fetch-Site decides if it is present, because no script can set
 * it; Origin decides for older browsers. A program sends neither, and is no browser that another site could misuse.
 */
export function isForeign({ origin, secFetchSite }: OriginHeaders, siteOrigin: string): boolean {
  if (secFetchSite !== undefined) return secFetchSite !== 'same-origin' && secFetchSite !== 'none';
  return origin !== undefined && origin !== siteOrigin;
}

/** Methods that change nothing (RFC 9110, 9.2.1). */
const safeMethods: readonly string[] = ['GET', 'HEAD', 'OPTIONS'];
export const changesState = (method: string): boolean => !safeMethods.includes(method);

/**
 * Refuses a request that a page of another site made in the visitor's browser.
 * @throws UrrError FORBIDDEN
 */
export function refuseForeign(headers: OriginHeaders, siteOrigin: string): void {
  if (isForeign(headers, siteOrigin))
    throw new UrrError('FORBIDDEN', 'only pages of this site may send this request');
}
