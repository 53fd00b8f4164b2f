import { Duration } from 'aws-cdk-lib';
import {
  CacheCookieBehavior,
  CacheHeaderBehavior,
  CachePolicy,
  CacheQueryStringBehavior,
  type ICachePolicy,
  type IOriginRequestPolicy,
  OriginRequestCookieBehavior,
  OriginRequestHeaderBehavior,
  OriginRequestPolicy,
  OriginRequestQueryStringBehavior,
} from 'aws-cdk-lib/aws-cloudfront';
import { Construct } from 'constructs';
import { tokenHeader, visitorHeader } from '#contract/tokens.ts';

export interface CachingProps {
  /** Prefix of the policies' names, unique in the account: `urr-dev`. */
  readonly prefix: string;
}

interface Times {
  readonly min: Duration;
  readonly usual: Duration;
  readonly max: Duration;
}

/**
 * CloudFront's cache policies and lifetimes (C5). No cache key contains a cookie: a response that depends on the visitor is
 * not cached.
 */
export class Caching extends Construct {
  /** Files whose names change with their content. */
  readonly assets: ICachePolicy;
  /** One document for all visitors. A minimum TTL above 0 turns thousands of equal requests into one (E8). */
  readonly status: ICachePolicy;
  /** The waiting page. */
  readonly waitingPage: ICachePolicy;
  readonly catalogue: ICachePolicy;
  /** Every other public page. */
  readonly pages: ICachePolicy;
  /** Responses for one visitor, and everything behind the gate. */
  readonly none = CachePolicy.CACHING_DISABLED;

  /** To the HTTP API: the visitor's request without Host, by which API Gateway would select another API. */
  readonly toApi = OriginRequestPolicy.ALL_VIEWER_EXCEPT_HOST_HEADER;
  /** To the gate in front of S3: only the values that it reads. */
  readonly toGate: IOriginRequestPolicy;

  constructor(scope: Construct, id: string, props: CachingProps) {
    super(scope, id);
    const second = Duration.seconds(1);
    const zero = Duration.seconds(0);
    const year = Duration.days(365);
    const policy = (name: string, times: Times, query = CacheQueryStringBehavior.none()) =>
      new CachePolicy(this, name, {
        cachePolicyName: `${props.prefix}-${name.toLowerCase()}`,
        minTtl: times.min,
        defaultTtl: times.usual,
        maxTtl: times.max,
        cookieBehavior: CacheCookieBehavior.none(),
        headerBehavior: CacheHeaderBehavior.none(),
        queryStringBehavior: query,
        enableAcceptEncodingGzip: true,
        enableAcceptEncodingBrotli: true,
      });
    this.assets = policy('Assets', { min: zero, usual: year, max: year });
    this.status = policy('Status', { min: second, usual: second, max: second });
    this.waitingPage = policy('WaitingPage', {
      min: zero,
      usual: Duration.minutes(5),
      max: Duration.hours(1),
    });
    this.catalogue = policy(
      'Catalogue',
      { min: second, usual: Duration.seconds(5), max: Duration.minutes(1) },
      CacheQueryStringBehavior.allowList('search', 'status', 'cursor', 'day'),
    );
    this.pages = policy('Pages', { min: zero, usual: Duration.minutes(1), max: Duration.minutes(1) });

    this.toGate = new OriginRequestPolicy(this, 'ToGate', {
      originRequestPolicyName: `${props.prefix}-to-gate`,
      cookieBehavior: OriginRequestCookieBehavior.all(),
      headerBehavior: OriginRequestHeaderBehavior.allowList(...Object.values(tokenHeader), visitorHeader),
      // Lets the gate refuse a token in the address.
      queryStringBehavior: OriginRequestQueryStringBehavior.all(),
    });
  }
}
