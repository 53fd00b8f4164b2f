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
