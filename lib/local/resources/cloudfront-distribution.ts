import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import type { Resource, ResourceModule } from '../cloudformation/engine.ts';
import { type Behaviour, Distribution, type DistributionOrigin } from '../cloudfront/distribution.ts';
import { patternToRegExp } from '../cloudfront/path-pattern.ts';
import { managedCachePolicies, managedOriginRequestPolicies } from '../cloudfront/policies.ts';
import { LambdaFunction } from '../lambda/function.ts';
import type { Registry } from '../registry.ts';
import { flag, noLocalEffect, numeric, propertiesOf } from './properties.ts';

const behaviourSchema = z.strictObject({
  PathPattern: z.string().optional(),
  TargetOriginId: z.string(),
  AllowedMethods: z.array(z.string()).default(['GET', 'HEAD']),
  CachedMethods: noLocalEffect,
  CachePolicyId: z.string(),
  OriginRequestPolicyId: z.string().optional(),
  ResponseHeadersPolicyId: z.string().optional(),
  Compress: flag.default(false),
  FunctionAssociations: z
    .array(z.strictObject({ EventType: z.literal('viewer-request'), FunctionARN: z.string() }))
    .max(1)
    .default([]),
  LambdaFunctionAssociations: z
    .array(
      z.strictObject({
        EventType: z.enum(['viewer-request', 'origin-request']),
        LambdaFunctionARN: z.string(),
        IncludeBody: z.literal([false, 'false']).optional(),
      }),
    )
    .max(2)
    .default([]),
  // The local edge uses plain HTTP on the loopback address, and sends origins the headers of a TLS request.
  ViewerProtocolPolicy: noLocalEffect,
});
const originSchema = z.strictObject({
  Id: z.string(),
  DomainName: z.string(),
  OriginPath: z.string().default(''),
  OriginCustomHeaders: z
    .array(z.strictObject({ HeaderName: z.string(), HeaderValue: z.string() }))
    .default([]),
  S3OriginConfig: noLocalEffect,
  OriginAccessControlId: z.string().optional(),
  CustomOriginConfig: noLocalEffect,
  VpcOriginConfig: z
    .strictObject({
      VpcOriginId: z.string(),
      OriginKeepaliveTimeout: noLocalEffect,
      OriginReadTimeout: noLocalEffect,
    })
    .optional(),
  ConnectionAttempts: noLocalEffect,
  ConnectionTimeout: noLocalEffect,
  OriginShield: noLocalEffect,
  ResponseCompletionTimeout: noLocalEffect,
});
const distributionSchema = z.strictObject({
  DistributionConfig: z.strictObject({
    Enabled: z.literal([true, 'true']),
    DefaultCacheBehavior: behaviourSchema,
    CacheBehaviors: z.array(behaviourSchema).default([]),
    Origins: z.array(originSchema).min(1),
    DefaultRootObject: z.string().default(''),
    CustomErrorResponses: z
      .array(z.strictObject({ ErrorCode: numeric, ErrorCachingMinTTL: numeric.optional() }))
      .default([]),
    Aliases: noLocalEffect,
    Comment: noLocalEffect,
    HttpVersion: noLocalEffect,
    IPV6Enabled: noLocalEffect,
    Logging: noLocalEffect,
    PriceClass: noLocalEffect,
    Restrictions: noLocalEffect,
    ViewerCertificate: noLocalEffect,
    WebACLId: noLocalEffect,
  }),
  Tags: noLocalEffect,
});
type BehaviourConfig = z.infer<typeof behaviourSchema>;

/** AWS::CloudFront::Distribution: the public server. cloudfront/distribution.ts describes the way of a request. */
export const distribution: ResourceModule = (resource, registry) => {
  const { DistributionConfig: config } = propertiesOf(resource, distributionSchema);
  const id = `E${randomBytes(7).toString('hex').toUpperCase().slice(0, 13)}`;
  const name = { id, domainName: `d${randomBytes(7).toString('hex').slice(0, 13)}.cloudfront.net` };
  const gates = new Map<string, LambdaFunction>();
  const origins = new Map(config.Origins.map((origin) => [origin.Id, originOf(origin, registry)]));
  const behaviour = (one: BehaviourConfig) => behaviourOf(one, origins, gates, resource, registry);
  const created = new Distribution({
    name,
    behaviours: config.CacheBehaviors.map(behaviour),
    fallback: behaviour(config.DefaultCacheBehavior),
    defaultRootObject: config.DefaultRootObject,
    errorTtlSeconds: new Map(
      config.CustomErrorResponses.flatMap(({ ErrorCode, ErrorCachingMinTTL }) =>
        ErrorCachingMinTTL === undefined ? [] : [[ErrorCode, ErrorCachingMinTTL]],
      ),
    ),
    log: registry.log,
    onOriginRequest: (request) => registry.originRequests.push(request),
    now: Date.now,
  });
  return {
    ref: id,
    attributes: { Id: id, DomainName: name.domainName },
    async activate() {
      await Promise.all([...gates.values()].map((gate) => gate.warm()));
      if (registry.entrance.distribution !== undefined)
        throw new Error('a second distribution has no local form yet');
      registry.entrance.distribution = created;
    },
    async stop() {
      registry.entrance.distribution = undefined;
      await Promise.all([...gates.values()].map((gate) => gate.stop()));
    },
  };
};

function originOf(config: z.infer<typeof originSchema>, registry: Registry): DistributionOrigin {
  const server = registry.origins.get(config.DomainName);
  if (server === undefined)
    throw new Error(
      `origin ${config.Id}: no resource of the templates has the domain name ${config.DomainName}`,
    );
  if (server.kind === 's3' && config.OriginAccessControlId === undefined)
    throw new Error(`origin ${config.Id}: a private bucket needs an OriginAccessControlId`);
  if (server.isPrivate === true && !registry.vpcOrigins.has(config.VpcOriginConfig?.VpcOriginId ?? ''))
    throw new Error(`origin ${config.Id}: a private load balancer needs a VPC origin`);
  return {
    id: config.Id,
    domainName: config.DomainName,
    path: config.OriginPath,
    customHeaders: Object.fromEntries(
      config.OriginCustomHeaders.map(({ HeaderName, HeaderValue }) => [
        HeaderName.toLowerCase(),
        [HeaderValue],
      ]),
    ),
    server,
  };
}

function behaviourOf(
  config: BehaviourConfig,
  origins: ReadonlyMap<string, DistributionOrigin>,
  gates: Map<string, LambdaFunction>,
  resource: Resource,
  registry: Registry,
): Behaviour {
  const name = config.PathPattern ?? '*';
  const origin = origins.get(config.TargetOriginId);
  if (origin === undefined) throw new Error(`behaviour ${name}: no origin ${config.TargetOriginId}`);
  const cache =
    registry.cachePolicies.get(config.CachePolicyId) ?? managedCachePolicies.get(config.CachePolicyId);
  if (cache === undefined)
    throw new Error(`behaviour ${name}: cache policy ${config.CachePolicyId} is not known`);
  const originRequestId = config.OriginRequestPolicyId;
  const originRequest =
    originRequestId === undefined
      ? undefined
      : (registry.originRequestPolicies.get(originRequestId) ??
        managedOriginRequestPolicies.get(originRequestId));
  if (originRequestId !== undefined && originRequest === undefined)
    throw new Error(`behaviour ${name}: origin request policy ${originRequestId} is not known`);
  const headersPolicyId = config.ResponseHeadersPolicyId;
  const headersPolicy =
    headersPolicyId === undefined ? undefined : registry.responseHeadersPolicies.get(headersPolicyId);
  if (headersPolicyId !== undefined && headersPolicy === undefined)
    throw new Error(`behaviour ${name}: response headers policy ${headersPolicyId} is not known`);
  const functionArn = config.FunctionAssociations[0]?.FunctionARN;
  const viewerRequest = functionArn === undefined ? undefined : registry.edgeFunctions.get(functionArn);
  if (functionArn !== undefined && viewerRequest === undefined)
    throw new Error(`behaviour ${name}: no CloudFront Function ${functionArn}`);
  const lambda = (event: 'viewer-request' | 'origin-request') => {
    const found = config.LambdaFunctionAssociations.find(({ EventType }) => EventType === event);
    return found && edgeLambda(found.LambdaFunctionARN, gates, resource, registry);
  };
  const viewerLambda = lambda('viewer-request');
  if (viewerRequest !== undefined && viewerLambda !== undefined)
    throw new Error(`behaviour ${name}: CloudFront allows one function on the viewer request, not two`);
  return {
    name,
    pattern: config.PathPattern === undefined ? undefined : patternToRegExp(config.PathPattern),
    origin,
    methods: new Set(config.AllowedMethods),
    policies: { cache, originRequest },
    headersPolicy,
    compress: config.Compress,
    viewerRequest: viewerRequest ?? viewerLambda,
    originRequest: lambda('origin-request'),
  };
}

/**
 * The Lambda of a version as it runs at the edge: without environment variables. Its `fetch` resolves AWS hosts to the
 * embedded servers (lambda/edge-dns.ts).
 */
function edgeLambda(
  arn: string,
  gates: Map<string, LambdaFunction>,
  resource: Resource,
  registry: Registry,
): LambdaFunction {
  const known = gates.get(arn);
  if (known !== undefined) return known;
  const regional = registry.functions.get(arn);
  if (regional === undefined) throw new Error(`Lambda@Edge: ${arn} is no function of the templates`);
  const { options } = regional;
  if (!/:\d+$/.test(arn)) throw new Error(`Lambda@Edge: ${arn} is not a numbered version`);
  if (options.region !== 'us-east-1') throw new Error(`Lambda@Edge: ${options.name} is not in us-east-1`);
  if (Object.keys(options.variables).length > 0)
    throw new Error(
      `Lambda@Edge: ${options.name} has environment variables (${Object.keys(options.variables)})`,
    );
  if (options.timeoutMs > 30_000)
    throw new Error(`Lambda@Edge: the time-out of ${options.name} is longer than 30 s`);
  const { dynamodb, s3, sqs, secretsManager: secretsmanager } = registry.endpoints;
  const gate = new LambdaFunction({
    ...options,
    // Lambda@Edge runs near the visitor; on one machine its Region is that of the stack.
    region: resource.region,
    endpointVariables: {},
    dns: { dynamodb, s3, sqs, secretsmanager },
  });
  gate.isUsed = true;
  gates.set(arn, gate);
  registry.functions.set(`${arn}@edge`, gate);
  return gate;
}
