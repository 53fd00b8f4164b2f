import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { ResourceModule } from '../cloudformation/engine.ts';
import { generatedHeaders } from '../cloudfront/forwarding.ts';
import { compileFunction } from '../cloudfront/function-runtime.ts';
import type { Selection } from '../cloudfront/policies.ts';
import { flag, noLocalEffect, numeric, propertiesOf } from './properties.ts';

const cookiesSchema = z
  .strictObject({
    CookieBehavior: z.enum(['none', 'whitelist', 'allExcept', 'all']),
    Cookies: z.array(z.string()).optional(),
  })
  .transform(({ CookieBehavior, Cookies }) => selection(CookieBehavior, Cookies));
const queryStringsSchema = z
  .strictObject({
    QueryStringBehavior: z.enum(['none', 'whitelist', 'allExcept', 'all']),
    QueryStrings: z.array(z.string()).optional(),
  })
  .transform(({ QueryStringBehavior, QueryStrings }) => selection(QueryStringBehavior, QueryStrings));
const headersSchema = z
  .strictObject({
    HeaderBehavior: z.enum(['none', 'whitelist', 'allExcept', 'allViewer']),
    Headers: z.array(z.string()).optional(),
  })
  .transform(({ HeaderBehavior, Headers }) =>
    selection(
      HeaderBehavior,
      Headers?.map((name) => name.toLowerCase()),
    ),
  );

function selection(behaviour: string, names: readonly string[] = []): Selection {
  for (const name of names)
    if (name.startsWith('cloudfront-') && !generatedHeaders.some((known) => known === name))
      throw new Error(`header ${name}: CloudFront generates it, and the local run does not`);
  if (behaviour === 'none') return { behaviour };
  if (behaviour === 'whitelist') return { behaviour: 'only', names: new Set(names) };
  if (behaviour === 'allExcept') return { behaviour, names: new Set(names) };
  return { behaviour: 'all' };
}

const cachePolicySchema = z.strictObject({
  CachePolicyConfig: z.strictObject({
    Name: z.string(),
    Comment: noLocalEffect,
    MinTTL: numeric,
    DefaultTTL: numeric,
    MaxTTL: numeric,
    ParametersInCacheKeyAndForwardedToOrigin: z.strictObject({
      CookiesConfig: cookiesSchema,
      HeadersConfig: headersSchema,
      QueryStringsConfig: queryStringsSchema,
      EnableAcceptEncodingGzip: flag.default(false),
      EnableAcceptEncodingBrotli: flag.default(false),
    }),
  }),
});

/** AWS::CloudFront::CachePolicy. */
export const cachePolicy: ResourceModule = (resource, registry) => {
  const { CachePolicyConfig: config } = propertiesOf(resource, cachePolicySchema);
  const parameters = config.ParametersInCacheKeyAndForwardedToOrigin;
  if (config.MinTTL > config.DefaultTTL || config.DefaultTTL > config.MaxTTL)
    throw new Error('property CachePolicyConfig: MinTTL <= DefaultTTL <= MaxTTL is required');
  const id = randomUUID();
  registry.cachePolicies.set(id, {
    minTtlSeconds: config.MinTTL,
    defaultTtlSeconds: config.DefaultTTL,
    maxTtlSeconds: config.MaxTTL,
    cookies: parameters.CookiesConfig,
    headers: parameters.HeadersConfig,
    queryStrings: parameters.QueryStringsConfig,
    gzip: parameters.EnableAcceptEncodingGzip,
    brotli: parameters.EnableAcceptEncodingBrotli,
  });
  return { ref: id, attributes: { Id: id } };
};

const originRequestPolicySchema = z.strictObject({
  OriginRequestPolicyConfig: z.strictObject({
    Name: z.string(),
    Comment: noLocalEffect,
    CookiesConfig: cookiesSchema,
    HeadersConfig: headersSchema,
    QueryStringsConfig: queryStringsSchema,
  }),
});

/** AWS::CloudFront::OriginRequestPolicy. */
export const originRequestPolicy: ResourceModule = (resource, registry) => {
  const { OriginRequestPolicyConfig: config } = propertiesOf(resource, originRequestPolicySchema);
  const id = randomUUID();
  registry.originRequestPolicies.set(id, {
    cookies: config.CookiesConfig,
    headers: config.HeadersConfig,
    queryStrings: config.QueryStringsConfig,
  });
  return { ref: id, attributes: { Id: id } };
};

const override = { Override: flag };
const responseHeadersSchema = z.strictObject({
  ResponseHeadersPolicyConfig: z.strictObject({
    Name: z.string(),
    Comment: noLocalEffect,
    SecurityHeadersConfig: z
      .strictObject({
        StrictTransportSecurity: z
          .strictObject({
            AccessControlMaxAgeSec: numeric,
            IncludeSubdomains: flag.default(false),
            Preload: flag.default(false),
            ...override,
          })
          .optional(),
        ContentTypeOptions: z.strictObject(override).optional(),
        FrameOptions: z.strictObject({ FrameOption: z.string(), ...override }).optional(),
        ReferrerPolicy: z.strictObject({ ReferrerPolicy: z.string(), ...override }).optional(),
        ContentSecurityPolicy: z.strictObject({ ContentSecurityPolicy: z.string(), ...override }).optional(),
      })
      .default({}),
    CustomHeadersConfig: z
      .strictObject({
        Items: z.array(z.strictObject({ Header: z.string(), Value: z.string(), ...override })),
      })
      .default({ Items: [] }),
    RemoveHeadersConfig: z
      .strictObject({ Items: z.array(z.strictObject({ Header: z.string() })) })
      .default({ Items: [] }),
  }),
});

/** AWS::CloudFront::ResponseHeadersPolicy. */
export const responseHeadersPolicy: ResourceModule = (resource, registry) => {
  const { ResponseHeadersPolicyConfig: config } = propertiesOf(resource, responseHeadersSchema);
  const security = config.SecurityHeadersConfig;
  const hsts = security.StrictTransportSecurity;
  const lines: [string, string | undefined, boolean | undefined][] = [
    [
      'strict-transport-security',
      hsts &&
        `max-age=${hsts.AccessControlMaxAgeSec}${hsts.IncludeSubdomains ? '; includeSubDomains' : ''}${hsts.Preload ? '; preload' : ''}`,
      hsts?.Override,
    ],
    [
      'x-content-type-options',
      security.ContentTypeOptions && 'nosniff',
      security.ContentTypeOptions?.Override,
    ],
    ['x-frame-options', security.FrameOptions?.FrameOption, security.FrameOptions?.Override],
    ['referrer-policy', security.ReferrerPolicy?.ReferrerPolicy, security.ReferrerPolicy?.Override],
    [
      'content-security-policy',
      security.ContentSecurityPolicy?.ContentSecurityPolicy,
      security.ContentSecurityPolicy?.Override,
    ],
    ...config.CustomHeadersConfig.Items.map(({ Header, Value, Override }): [string, string, boolean] => [
      Header.toLowerCase(),
      Value,
      Override,
    ]),
  ];
  const id = randomUUID();
  registry.responseHeadersPolicies.set(id, {
    set: lines.flatMap(([name, value, isOverriding]) =>
      value === undefined ? [] : [{ name, value, override: isOverriding ?? false }],
    ),
    remove: config.RemoveHeadersConfig.Items.map(({ Header }) => Header.toLowerCase()),
  });
  return { ref: id, attributes: { Id: id } };
};

const functionSchema = z.strictObject({
  Name: z.string(),
  AutoPublish: flag,
  FunctionCode: z.string(),
  FunctionConfig: z.strictObject({ Comment: noLocalEffect, Runtime: z.string() }),
  Tags: noLocalEffect,
});

/** AWS::CloudFront::Function. */
export const edgeFunction: ResourceModule = (resource, registry) => {
  const { Name, AutoPublish, FunctionCode, FunctionConfig } = propertiesOf(resource, functionSchema);
  if (!AutoPublish)
    throw new Error('property AutoPublish: a function that is not published cannot be attached');
  const arn = `arn:aws:cloudfront::${resource.account}:function/${Name}`;
  registry.edgeFunctions.set(arn, compileFunction(Name, FunctionCode, FunctionConfig.Runtime));
  return { ref: arn, attributes: { FunctionARN: arn, Stage: 'LIVE' } };
};
