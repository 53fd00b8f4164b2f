/** CloudFront's cache, origin request and response headers policies, and the managed ones in use. */

/** The names of one kind (cookies, headers, query strings) that a policy includes. */
export type Selection =
  | { readonly behaviour: 'none' | 'all' }
  | { readonly behaviour: 'only' | 'allExcept'; readonly names: ReadonlySet<string> };

export interface CachePolicy {
  readonly minTtlSeconds: number;
  readonly defaultTtlSeconds: number;
  readonly maxTtlSeconds: number;
  readonly cookies: Selection;
  readonly headers: Selection;
  readonly queryStrings: Selection;
  readonly gzip: boolean;
  readonly brotli: boolean;
}

export interface OriginRequestPolicy {
  readonly cookies: Selection;
  readonly headers: Selection;
  readonly queryStrings: Selection;
}

export interface ResponseHeadersPolicy {
  /** Name in lower case, value, and whether it replaces the origin's header. */
  readonly set: readonly { readonly name: string; readonly value: string; readonly override: boolean }[];
  readonly remove: readonly string[];
}

const none: Selection = { behaviour: 'none' };
const all: Selection = { behaviour: 'all' };

export function selects(selection: Selection, name: string): boolean {
  switch (selection.behaviour) {
    case 'none':
      return false;
    case 'all':
      return true;
    case 'only':
      return selection.names.has(name);
    case 'allExcept':
      return !selection.names.has(name);
  }
}

const noCaching: CachePolicy = {
  minTtlSeconds: 0,
  defaultTtlSeconds: 0,
  maxTtlSeconds: 0,
  cookies: none,
  headers: none,
  queryStrings: none,
  gzip: false,
  brotli: false,
};

/** docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/using-managed-cache-policies.html */
export const managedCachePolicies: ReadonlyMap<string, CachePolicy> = new Map([
  ['4135ea2d-6df8-44a3-9df3-4b5a84be39ad', noCaching],
  [
    '658327ea-f89d-4fab-a63d-7e88639e58f6',
    {
      ...noCaching,
      minTtlSeconds: 1,
      defaultTtlSeconds: 86_400,
      maxTtlSeconds: 31_536_000,
      gzip: true,
      brotli: true,
    },
  ],
]);

/** docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/using-managed-origin-request-policies.html */
export const managedOriginRequestPolicies: ReadonlyMap<string, OriginRequestPolicy> = new Map([
  ['216adef6-5c7f-47e4-b989-5492eafa07d3', { cookies: all, headers: all, queryStrings: all }],
  [
    'b689b0a8-53d0-40ab-baf2-68738e2966ac',
    { cookies: all, headers: { behaviour: 'allExcept', names: new Set(['host']) }, queryStrings: all },
  ],
]);

/** Whether a name is forwarded: it is in the cache key or in the origin request policy. */
export function forwards(
  kind: 'cookies' | 'headers' | 'queryStrings',
  name: string,
  policies: Policies,
): boolean {
  const inKey = selects(policies.cache[kind], name);
  return inKey || (policies.originRequest !== undefined && selects(policies.originRequest[kind], name));
}

export interface Policies {
  readonly cache: CachePolicy;
  readonly originRequest: OriginRequestPolicy | undefined;
}
