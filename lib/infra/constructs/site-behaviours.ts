import {
  AllowedMethods,
  type BehaviorOptions,
  type EdgeLambda,
  FunctionEventType,
  type ICachePolicy,
  type IFunctionRef,
  type IOrigin,
  type IOriginRequestPolicy,
  type IResponseHeadersPolicy,
  LambdaEdgeEventType,
  ViewerProtocolPolicy,
} from 'aws-cdk-lib/aws-cloudfront';
import type { IVersion } from 'aws-cdk-lib/aws-lambda';
import type { Caching } from './caching.ts';

export interface SiteParts {
  /** Static pages. */
  readonly pages: IOrigin;
  /** The HTTP API. */
  readonly api: IOrigin;
  /** The workers of the queue and the sale. */
  readonly workers: IOrigin;
  readonly caching: Caching;
  readonly headers: IResponseHeadersPolicy;
  /** CloudFront Function that refuses non-canonical paths and maps pages to files. */
  readonly canonicalPath: IFunctionRef;
  readonly tokenGate: IVersion;
}

interface BehaviourRow {
  readonly origin: IOrigin;
  readonly cache: ICachePolicy;
  /** @default - the origin receives what the cache key holds */
  readonly forward?: IOriginRequestPolicy;
  /** @default - GET and HEAD */
  readonly methods?: AllowedMethods;
  /** Event at which the gate runs. @default - no gate */
  readonly gated?: 'viewer' | 'origin';
}

/**
 * The table of docs/architecture/access.md. CloudFront uses the first matching pattern, so a narrower path comes before a wider
 * one. The key `default` is for paths that no pattern matches.
 */
export function siteBehaviours(parts: SiteParts): Readonly<Record<string, BehaviorOptions>> {
  const { pages, api, workers, caching } = parts;
  const read = AllowedMethods.ALLOW_GET_HEAD;
  const write = AllowedMethods.ALLOW_ALL;
  const rows: Readonly<Record<string, BehaviourRow>> = {
    '/assets/*': { origin: pages, cache: caching.assets },
    '/vwr-api/vwr/status/*': { origin: api, cache: caching.status },
    '/vwr-api/vwr/jwks': { origin: api, cache: caching.status },
    '/vwr-api/*': { origin: api, cache: caching.none, forward: caching.toApi, methods: write },
    '/vwr/*': { origin: pages, cache: caching.waitingPage },
    '/api/v1/events*': { origin: api, cache: caching.catalogue },
    '/api/v1/stats/*': { origin: api, cache: caching.catalogue },
    '/api/v1/auth/*': { origin: api, cache: caching.none, forward: caching.toApi, methods: write },
    '/api/*': {
      origin: workers,
      cache: caching.none,
      forward: caching.toApi,
      methods: write,
      gated: 'viewer',
    },
    '/queue/*': { origin: pages, cache: caching.none, forward: caching.toGate, gated: 'origin' },
    '/seats/*': { origin: pages, cache: caching.none, forward: caching.toGate, gated: 'origin' },
    default: { origin: pages, cache: caching.pages },
  };
  return Object.fromEntries(
    Object.entries(rows).map(([path, row]) => [
      path,
      {
        origin: row.origin,
        cachePolicy: row.cache,
        ...(row.forward === undefined ? {} : { originRequestPolicy: row.forward }),
        allowedMethods: row.methods ?? read,
        responseHeadersPolicy: parts.headers,
        viewerProtocolPolicy:
          row.origin === pages ? ViewerProtocolPolicy.REDIRECT_TO_HTTPS : ViewerProtocolPolicy.HTTPS_ONLY,
        compress: true,
        // Each behaviour has one function on the viewer's event, never both kinds.
        ...(row.gated === 'viewer'
          ? {}
          : {
              functionAssociations: [
                { eventType: FunctionEventType.VIEWER_REQUEST, function: parts.canonicalPath },
              ],
            }),
        ...(row.gated === undefined ? {} : { edgeLambdas: [gate(parts.tokenGate, row.gated)] }),
      },
    ]),
  );
}

/**
 * The gate runs on the origin request, so that canonical-path refuses floods before it (docs/adr/0010). In front of a VPC
 * origin CloudFront allows no function on that event: there the gate runs on the viewer request, alone (docs/adr/0050).
 */
const gate = (functionVersion: IVersion, at: 'viewer' | 'origin'): EdgeLambda => ({
  eventType: at === 'viewer' ? LambdaEdgeEventType.VIEWER_REQUEST : LambdaEdgeEventType.ORIGIN_REQUEST,
  functionVersion,
});
