import { Match } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { routes } from '#contract/routes.ts';
import { record, synthesize } from './support/synthesized.ts';

const dev = synthesize('dev', { isBundled: true });
const delivery = dev.template('delivery');
const [distribution] = dev.resources('AWS::CloudFront::Distribution');
const config = record(distribution?.properties.DistributionConfig);
const list = (value: unknown) => (Array.isArray(value) ? value.map(record) : []);

/** In CloudFront's order; the default last. */
const behaviours = [
  ...list(config.CacheBehaviors),
  { ...record(config.DefaultCacheBehavior), PathPattern: '*' },
].map((behaviour) => ({ behaviour: record(behaviour), pattern: String(record(behaviour).PathPattern) }));

/** Returns the behaviour that CloudFront selects for a path: the first whose pattern matches. */
function behaviourOf(path: string) {
  const found = behaviours.find(({ pattern }) => {
    const expression = pattern
      .replace(/[.+^${}()|[\]\\]/g, '\\$&')
      .replaceAll('*', '.*')
      .replaceAll('?', '.');
    return new RegExp(`^${expression}$`).test(path);
  });
  if (found === undefined) throw new Error(`no behaviour for ${path}`);
  return found.behaviour;
}
const cachingDisabled = '4135ea2d-6df8-44a3-9df3-4b5a84be39ad';
const concrete = (path: string) => path.replaceAll(/\{[^}]+\}/g, 'some-event');
/** Returns the event on which the gate runs for a behaviour; undefined: it does not run. */
const gateOf = (behaviour: Readonly<Record<string, unknown>>) =>
  list(behaviour.LambdaFunctionAssociations).find(({ LambdaFunctionARN }) =>
    JSON.stringify(LambdaFunctionARN).includes('TokenGateVersionArn'),
  )?.EventType;
const isGated = (behaviour: Readonly<Record<string, unknown>>) => gateOf(behaviour) !== undefined;
const originOf = (behaviour: Readonly<Record<string, unknown>>) => {
  const found = list(config.Origins).find(({ Id }) => Id === behaviour.TargetOriginId);
  if (found === undefined) throw new Error('a behaviour without its origin');
  return found;
};
const cachePolicyOf = (path: string) => {
  const id = String(record(behaviourOf(path).CachePolicyId).Ref);
  const policy = dev.resources('AWS::CloudFront::CachePolicy').find((one) => one.id === id);
  return record(policy?.properties.CachePolicyConfig);
};

describe('the gate', () => {
  it.each(
    routes
      .filter(({ access, kind }) => access !== 'public' && kind !== 'asset')
      .map(({ path }) => concrete(path)),
  )('%s requires a proof, so it is behind the gate and never cached', (path) => {
    const behaviour = behaviourOf(path);
    expect(isGated(behaviour)).toBe(true);
    expect(behaviour.CachePolicyId).toBe(cachingDisabled);
  });

  it('every path behind the gate forwards cookies to it', () => {
    const gated = behaviours.filter(({ behaviour }) => isGated(behaviour));
    expect(gated.map(({ pattern }) => pattern)).toEqual(['/api/*', '/queue/*', '/seats/*']);
    for (const { behaviour } of gated) expect(behaviour.OriginRequestPolicyId).toBeDefined();
    delivery.hasResourceProperties('AWS::CloudFront::OriginRequestPolicy', {
      OriginRequestPolicyConfig: { CookiesConfig: { CookieBehavior: 'all' } },
    });
  });

  it('the API behind the gate is the VPC origin of the workers, and no other path leads there', () => {
    const toVpc = behaviours.filter(({ behaviour }) => originOf(behaviour).VpcOriginConfig !== undefined);
    expect(toVpc.map(({ pattern }) => pattern)).toEqual(['/api/*']);
    delivery.resourceCountIs('AWS::CloudFront::VpcOrigin', 1);
    delivery.hasResourceProperties('AWS::CloudFront::VpcOrigin', {
      VpcOriginEndpointConfig: {
        Arn: { 'Fn::ImportValue': Match.stringLikeRegexp('EntranceLoadBalancer') },
        OriginProtocolPolicy: 'http-only',
      },
    });
  });

  it('a VPC origin has no origin-request function, because CloudFront does not run one', () => {
    for (const { behaviour, pattern } of behaviours)
      if (originOf(behaviour).VpcOriginConfig !== undefined)
        expect(gateOf(behaviour), pattern).toBe('viewer-request');
      else if (isGated(behaviour)) expect(gateOf(behaviour), pattern).toBe('origin-request');
  });

  it('every origin behind the gate sends it the address of its configuration', () => {
    for (const origin of list(config.Origins)) {
      const header = list(origin.OriginCustomHeaders).find(
        ({ HeaderName }) => HeaderName === 'x-urr-edge-config',
      );
      expect(JSON.stringify(header?.HeaderValue)).toMatch(/https:\/\/.*\/edge-config\.json/);
    }
  });

  it('an error response is neither cached nor replaced by a page', () => {
    const errors = list(config.CustomErrorResponses);
    expect(errors.map(({ ErrorCode }) => ErrorCode)).toEqual([
      400, 403, 404, 405, 414, 416, 500, 501, 502, 503, 504,
    ]);
    for (const error of errors) {
      expect(error.ErrorCachingMinTTL).toBe(0);
      expect(error).not.toHaveProperty('ResponsePagePath');
    }
  });
});

describe('paths', () => {
  it('canonical-path runs on every request, except where the gate is first and screens itself', () => {
    for (const { behaviour } of behaviours) {
      const [association, ...others] = list(behaviour.FunctionAssociations);
      // CloudFront allows one kind of function on the viewer's event.
      if (gateOf(behaviour) === 'viewer-request') {
        expect(association).toBeUndefined();
        continue;
      }
      expect(others).toEqual([]);
      expect(association?.EventType).toBe('viewer-request');
      expect(JSON.stringify(association)).toContain('CanonicalPath');
    }
  });

  it('canonical-path is below the size limit of a CloudFront Function', () => {
    const [one] = dev.resources('AWS::CloudFront::Function');
    expect(record(one?.properties.FunctionConfig).Runtime).toBe('cloudfront-js-2.0');
    expect(String(one?.properties.FunctionCode).length).toBeLessThanOrEqual(10_240);
    expect(String(one?.properties.FunctionCode).length).toBeGreaterThan(0);
  });

  it.each(
    routes
      .filter(({ methods }) => methods.some((method) => method !== 'GET'))
      .map(({ path }) => concrete(path)),
  )('%s allows more than GET', (path) => {
    expect(behaviourOf(path).AllowedMethods).toContain('POST');
  });

  it('cached paths allow only GET and HEAD', () => {
    for (const { behaviour } of behaviours)
      if (behaviour.CachePolicyId !== cachingDisabled)
        expect(behaviour.AllowedMethods).toEqual(['GET', 'HEAD']);
  });
});

describe('caching', () => {
  it('a crowd that polls the status within one second causes one request (E8)', () => {
    expect(cachePolicyOf('/vwr-api/vwr/status/some-event')).toMatchObject({
      MinTTL: 1,
      DefaultTTL: 1,
      MaxTTL: 1,
      ParametersInCacheKeyAndForwardedToOrigin: {
        CookiesConfig: { CookieBehavior: 'none' },
        HeadersConfig: { HeaderBehavior: 'none' },
        QueryStringsConfig: { QueryStringBehavior: 'none' },
      },
    });
    expect(behaviourOf('/vwr-api/vwr/status/some-event').OriginRequestPolicyId).toBeUndefined();
  });

  it.each([
    ['/assets/app-1.js', 0, 31_536_000, 31_536_000],
    ['/vwr/some-event', 0, 300, 3_600],
    ['/api/v1/events', 1, 5, 60],
    ['/api/v1/events/some-event', 1, 5, 60],
    ['/api/v1/stats/some-event', 1, 5, 60],
    ['/events/some-event', 0, 60, 60],
    ['/', 0, 60, 60],
  ])('%s is cached for at least %i, usually %i, at most %i seconds', (path, min, usual, max) => {
    expect(cachePolicyOf(path)).toMatchObject({ MinTTL: min, DefaultTTL: usual, MaxTTL: max });
  });

  it.each([
    '/vwr-api/vwr/assign/some-event',
    '/vwr-api/vwr/check/some-event/some-request',
    '/api/v1/auth/me',
    '/api/v1/queue/check/some-event',
  ])('%s is a response for one visitor and never cached', (path) => {
    expect(behaviourOf(path).CachePolicyId).toBe(cachingDisabled);
  });

  it('no cookie is part of a cache key', () => {
    const policies = dev.resources('AWS::CloudFront::CachePolicy');
    expect(policies.length).toBe(5);
    for (const { properties } of policies)
      expect(JSON.stringify(properties)).toContain('"CookieBehavior":"none"');
  });

  it.each([
    ['assets', 'public, max-age=31536000, immutable'],
    ['vwr', 'public, max-age=300'],
    ['queue', 'private, no-store'],
    ['seats', 'private, no-store'],
    [undefined, 'public, max-age=60'],
  ])('files below %s are served with "%s"', (folder, cacheControl) => {
    delivery.hasResourceProperties('Custom::CDKBucketDeployment', {
      DestinationBucketKeyPrefix: folder ?? Match.absent(),
      SystemMetadata: { 'cache-control': cacheControl },
    });
  });

  it('a new deployment deletes no asset of an open page, and no other part of the site', () => {
    for (const { properties } of dev.resources('Custom::CDKBucketDeployment')) {
      const folder = properties.DestinationBucketKeyPrefix;
      expect(properties.Prune, String(folder)).toBe(folder !== undefined && folder !== 'assets');
    }
  });
});

describe('transport', () => {
  it('the site is served over HTTP/2 and HTTP/3, and never over plain HTTP', () => {
    expect(config.HttpVersion).toBe('http2and3');
    for (const { behaviour } of behaviours)
      expect(['https-only', 'redirect-to-https']).toContain(behaviour.ViewerProtocolPolicy);
  });

  it('every response has the security headers, whatever the origin sends', () => {
    for (const { behaviour } of behaviours) expect(behaviour.ResponseHeadersPolicyId).toBeDefined();
    delivery.hasResourceProperties('AWS::CloudFront::ResponseHeadersPolicy', {
      ResponseHeadersPolicyConfig: {
        SecurityHeadersConfig: {
          StrictTransportSecurity: {
            AccessControlMaxAgeSec: 63_072_000,
            IncludeSubdomains: true,
            Override: true,
          },
          ContentTypeOptions: { Override: true },
          FrameOptions: { FrameOption: 'DENY', Override: true },
          ReferrerPolicy: { ReferrerPolicy: 'strict-origin', Override: true },
          ContentSecurityPolicy: {
            ContentSecurityPolicy: Match.stringLikeRegexp("^default-src 'self';(?!.*unsafe)"),
            Override: true,
          },
        },
      },
    });
  });

  it('only this distribution may read the pages, by origin access control', () => {
    delivery.hasResourceProperties('AWS::S3::BucketPolicy', {
      PolicyDocument: {
        Statement: Match.arrayWith([
          Match.objectLike({
            Effect: 'Allow',
            Action: 's3:GetObject',
            Principal: { Service: 'cloudfront.amazonaws.com' },
            Condition: { StringEquals: { 'AWS:SourceArn': Match.anyValue() } },
          }),
        ]),
      },
    });
  });

  it('the API receives the origin secret, which the template references but does not contain', () => {
    const headers = list(config.Origins).flatMap((origin) => list(origin.OriginCustomHeaders));
    const secrets = headers.filter(({ HeaderName }) => HeaderName === 'x-urr-origin-secret');
    expect(secrets.length).toBe(1);
    expect(JSON.stringify(secrets)).toContain('{{resolve:secretsmanager:');
  });

  it('cookies are never written to the access log', () => {
    expect(record(config.Logging)).toMatchObject({ IncludeCookies: false });
  });
});
