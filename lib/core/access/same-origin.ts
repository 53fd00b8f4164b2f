import { UrrError } from '../errors.ts';

/** Header values as they came; undefined where the client sent none. */
export interface OriginHeaders {
  readonly origin: string | undefined;
  readonly secFetchSite: string | undefined;
}

/**
 * Whether a state-changing request comes from our own pages. SameSite cookies stop other sites; this also stops sister
 * subdomains and browsers that do not know SameSite. Every browser sends Origin on POST; Sec-Fetch-Site must not
 * contradict it. A request with neither is not from a page of ours.
 */
export function isSameOrigin(headers: OriginHeaders, siteOrigin: string): boolean {
  const { origin, secFetchSite } = headers;
  if (secFetchSite !== undefined && secFetchSite !== 'same-origin') return false;
  if (origin !== undefined) return origin === siteOrigin;
  return secFetchSite === 'same-origin';
}

/**
 * Whether a browser says that a request was made by a page of another site. Programs send neither header and are no
 * browsers that could be misused. Sec-Fetch-Site decides where it is present: no script can set it. Origin decides for
 * browsers that are too old to send it.
 */
export function isForeign({ origin, secFetchSite }: OriginHeaders, siteOrigin: string): boolean {
  if (secFetchSite !== undefined) return secFetchSite !== 'same-origin' && secFetchSite !== 'none';
  return origin !== undefined && origin !== siteOrigin;
}

/** Methods that change nothing (RFC 9110, 9.2.1). */
const safeMethods: readonly string[] = ['GET', 'HEAD', 'OPTIONS'];
export const changesState = (method: string): boolean => !safeMethods.includes(method);

/** Refuses what another site's page sends with this visitor's browser. @throws UrrError FORBIDDEN */
export function refuseForeign(headers: OriginHeaders, siteOrigin: string): void {
  if (isForeign(headers, siteOrigin))
    throw new UrrError('FORBIDDEN', 'only pages of this site may ask for this');
}
