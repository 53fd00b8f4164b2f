import { z } from 'zod';
import type { Resource, ResourceModule } from '../cloudformation/engine.ts';
import type { OriginAnswer } from '../http.ts';
import { type Action, LoadBalancer, pathMatches } from '../loadbalancer/balancer.ts';
import { TargetGroup } from '../loadbalancer/target-group.ts';
import type { Registry } from '../registry.ts';
import { noLocalEffect, numeric, propertiesOf } from './properties.ts';

const loadBalancerSchema = z.strictObject({
  Name: z.string().optional(),
  Type: z.literal('application').default('application'),
  Scheme: z.enum(['internal', 'internet-facing']).default('internet-facing'),
  IpAddressType: noLocalEffect,
  LoadBalancerAttributes: noLocalEffect,
  MinimumLoadBalancerCapacity: noLocalEffect,
  SecurityGroups: noLocalEffect,
  SubnetMappings: noLocalEffect,
  Subnets: noLocalEffect,
  Tags: noLocalEffect,
});

/** AWS::ElasticLoadBalancingV2::LoadBalancer: an origin under its DNS name. */
export const loadBalancer: ResourceModule = (resource, registry) => {
  const { Name, Scheme } = propertiesOf(resource, loadBalancerSchema);
  const name = Name ?? resource.generatedName(32);
  const dnsName =
    `${Scheme === 'internal' ? 'internal-' : ''}${name}.${resource.region}.elb.amazonaws.com`.toLowerCase();
  const arn = arnOf(resource, `loadbalancer/app/${name}/1`);
  const created = new LoadBalancer(dnsName, resource.region, Scheme === 'internal', registry.log);
  registry.loadBalancers.set(arn, created);
  registry.origins.set(dnsName, created);
  return {
    ref: arn,
    attributes: {
      LoadBalancerArn: arn,
      LoadBalancerName: name,
      LoadBalancerFullName: `app/${name}/1`,
      DNSName: dnsName,
      CanonicalHostedZoneID: 'ZLOCAL',
      SecurityGroups: [],
    },
  };
};

const targetGroupSchema = z.strictObject({
  Name: z.string().optional(),
  Protocol: z.literal('HTTP'),
  Port: numeric,
  TargetType: z.literal('ip'),
  HealthCheckPath: z.string().default('/'),
  HealthCheckProtocol: z.literal('HTTP').optional(),
  HealthCheckEnabled: z.literal([true, 'true']).optional(),
  HealthCheckPort: z.literal('traffic-port').optional(),
  HealthCheckIntervalSeconds: numeric.default(30),
  HealthCheckTimeoutSeconds: numeric.default(5),
  HealthyThresholdCount: numeric.default(5),
  UnhealthyThresholdCount: numeric.default(2),
  Matcher: z.strictObject({ HttpCode: z.string().regex(/^\d{3}(?:,\d{3})*$/) }).default({ HttpCode: '200' }),
  ProtocolVersion: z.literal('HTTP1').optional(),
  TargetGroupAttributes: noLocalEffect,
  IpAddressType: noLocalEffect,
  VpcId: noLocalEffect,
  Tags: noLocalEffect,
});

/** AWS::ElasticLoadBalancingV2::TargetGroup: runs the health checks of its targets. */
export const targetGroup: ResourceModule = (resource, registry) => {
  const properties = propertiesOf(resource, targetGroupSchema);
  const name = properties.Name ?? resource.generatedName(32);
  const arn = arnOf(resource, `targetgroup/${name}/1`);
  const created = new TargetGroup({
    path: properties.HealthCheckPath,
    statuses: new Set(properties.Matcher.HttpCode.split(',').map(Number)),
    intervalMs: properties.HealthCheckIntervalSeconds * 1000,
    timeoutMs: properties.HealthCheckTimeoutSeconds * 1000 * registry.settings.timeLimitFactor,
    healthyCount: properties.HealthyThresholdCount,
    unhealthyCount: properties.UnhealthyThresholdCount,
  });
  registry.targetGroups.set(arn, created);
  return {
    ref: arn,
    attributes: {
      TargetGroupArn: arn,
      TargetGroupName: name,
      TargetGroupFullName: `targetgroup/${name}/1`,
      LoadBalancerArns: [],
    },
    stop: () => created.stop(),
  };
};

const actionSchema = z.union([
  z.strictObject({
    Type: z.literal('fixed-response'),
    Order: noLocalEffect,
    FixedResponseConfig: z.strictObject({
      StatusCode: z.string(),
      ContentType: z.string().default('text/plain'),
      MessageBody: z.string().default(''),
    }),
  }),
  z.strictObject({
    Type: z.literal('forward'),
    Order: noLocalEffect,
    TargetGroupArn: z.string().optional(),
    ForwardConfig: z
      .strictObject({
        TargetGroups: z.array(z.strictObject({ TargetGroupArn: z.string(), Weight: numeric.default(1) })),
        TargetGroupStickinessConfig: noLocalEffect,
      })
      .optional(),
  }),
]);

const listenerSchema = z.strictObject({
  LoadBalancerArn: z.string(),
  Protocol: z.literal('HTTP'),
  Port: numeric,
  DefaultActions: z.tuple([actionSchema]),
  ListenerAttributes: noLocalEffect,
  Tags: noLocalEffect,
});

/** AWS::ElasticLoadBalancingV2::Listener. */
export const listener: ResourceModule = (resource, registry) => {
  const properties = propertiesOf(resource, listenerSchema);
  const balancer = registry.loadBalancers.get(properties.LoadBalancerArn);
  if (balancer === undefined) throw new Error('property LoadBalancerArn: no load balancer of the templates');
  if (balancer.defaultAction !== undefined) throw new Error('a second listener has no local form');
  balancer.defaultAction = actionOf(properties.DefaultActions[0], registry);
  const arn = arnOf(resource, `listener/app/${resource.generatedName(32)}/1`);
  registry.listeners.set(arn, balancer);
  return { ref: arn, attributes: { ListenerArn: arn } };
};

const ruleSchema = z.strictObject({
  ListenerArn: z.string(),
  Priority: numeric,
  Tags: noLocalEffect,
  Actions: z.tuple([actionSchema]),
  Conditions: z.tuple([
    z.strictObject({
      Field: z.literal('path-pattern'),
      PathPatternConfig: z.strictObject({ Values: z.array(z.string()).min(1) }),
    }),
  ]),
});

/** AWS::ElasticLoadBalancingV2::ListenerRule with a path condition. */
export const listenerRule: ResourceModule = (resource, registry) => {
  const properties = propertiesOf(resource, ruleSchema);
  const balancer = registry.listeners.get(properties.ListenerArn);
  if (balancer === undefined) throw new Error('property ListenerArn: no listener of the templates');
  if (balancer.rules.some(({ priority }) => priority === properties.Priority))
    throw new Error(`property Priority: another rule has ${properties.Priority}`);
  balancer.rules.push({
    priority: properties.Priority,
    matches: pathMatches(properties.Conditions[0].PathPatternConfig.Values),
    action: actionOf(properties.Actions[0], registry),
  });
  const arn = arnOf(resource, `listener-rule/app/${resource.generatedName(32)}/1`);
  return { ref: arn, attributes: { RuleArn: arn } };
};

function actionOf(action: z.infer<typeof actionSchema>, registry: Registry): Action {
  if (action.Type === 'fixed-response') {
    const { StatusCode, ContentType, MessageBody } = action.FixedResponseConfig;
    const answer: OriginAnswer = {
      status: Number(StatusCode),
      headers: { 'content-type': [ContentType], server: ['awselb/2.0'] },
      body: Buffer.from(MessageBody),
    };
    return { kind: 'fixed', answer };
  }
  const single =
    action.TargetGroupArn === undefined ? [] : [{ TargetGroupArn: action.TargetGroupArn, Weight: 1 }];
  const groups = (action.ForwardConfig?.TargetGroups ?? single).map(({ TargetGroupArn, Weight }) => {
    const group = registry.targetGroups.get(TargetGroupArn);
    if (group === undefined)
      throw new Error(`a rule forwards to ${TargetGroupArn}, which is not in the templates`);
    return { group, weight: Weight };
  });
  return { kind: 'forward', groups };
}

function arnOf(resource: Resource, rest: string): string {
  return `arn:aws:elasticloadbalancing:${resource.region}:${resource.account}:${rest}`;
}

const vpcOriginSchema = z.strictObject({
  VpcOriginEndpointConfig: z.strictObject({
    Arn: z.string(),
    Name: z.string(),
    HTTPPort: numeric.optional(),
    HTTPSPort: noLocalEffect,
    OriginProtocolPolicy: z.literal('http-only', 'TLS behind CloudFront has no local form'),
    OriginSSLProtocols: noLocalEffect,
  }),
  Tags: noLocalEffect,
});

/** AWS::CloudFront::VpcOrigin: lets CloudFront reach a private load balancer. */
export const vpcOrigin: ResourceModule = (resource, registry) => {
  const { Arn } = propertiesOf(resource, vpcOriginSchema).VpcOriginEndpointConfig;
  if (!registry.loadBalancers.has(Arn)) throw new Error('property Arn: no load balancer of the templates');
  const id = `vo_${resource.generatedName(40)}`;
  registry.vpcOrigins.add(id);
  return { ref: id, attributes: { Id: id, Arn: id } };
};
