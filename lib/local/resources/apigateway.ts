import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { HttpApi } from '../apigateway/api.ts';
import type { ResourceModule } from '../cloudformation/engine.ts';
import type { Registry } from '../registry.ts';
import { flag, noLocalEffect, numeric, propertiesOf } from './properties.ts';

const apiSchema = z.strictObject({
  Name: z.string(),
  ProtocolType: z.literal('HTTP'),
  DisableExecuteApiEndpoint: flag.optional(),
  Description: noLocalEffect,
  Tags: noLocalEffect,
});

/** AWS::ApiGatewayV2::Api: an HTTP API that CloudFront reaches under its execute-api name. */
export const api: ResourceModule = (resource, registry) => {
  const properties = propertiesOf(resource, apiSchema);
  // Ten lower-case letters and digits, as API Gateway makes them.
  const id = randomBytes(8).toString('hex').slice(0, 10);
  const created = new HttpApi(id, resource.region, resource.account, registry.log);
  registry.apis.set(id, created);
  if (properties.DisableExecuteApiEndpoint !== true)
    registry.origins.set(created.domainName, {
      kind: 'custom',
      region: resource.region,
      answer: (call) => created.answer(call),
    });
  return { ref: id, attributes: { ApiId: id, ApiEndpoint: `https://${created.domainName}` } };
};

const integrationSchema = z.strictObject({
  ApiId: z.string(),
  IntegrationType: z.literal('AWS_PROXY'),
  IntegrationUri: z.string(),
  PayloadFormatVersion: z.literal('2.0'),
  IntegrationMethod: noLocalEffect,
  TimeoutInMillis: numeric.max(30_000).default(30_000),
  Description: noLocalEffect,
});

/** AWS::ApiGatewayV2::Integration with a Lambda, payload format 2.0. */
export const integration: ResourceModule = (resource, registry) => {
  const properties = propertiesOf(resource, integrationSchema);
  const arn =
    /functions\/(arn:[^/]+)\/invocations$/.exec(properties.IntegrationUri)?.[1] ?? properties.IntegrationUri;
  const target = registry.functions.get(arn);
  if (target === undefined)
    throw new Error(`property IntegrationUri: ${arn} is no function of the templates`);
  target.isUsed = true;
  const id = randomBytes(4).toString('hex');
  apiOf(registry, properties.ApiId).integrations.set(id, {
    target,
    timeoutMs: properties.TimeoutInMillis * registry.settings.timeLimitFactor,
  });
  return { ref: id, attributes: { IntegrationId: id } };
};

const routeSchema = z.strictObject({
  ApiId: z.string(),
  RouteKey: z.string().regex(/^(?:\$default|(?:ANY|GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS) \/\S*)$/),
  Target: z.string().startsWith('integrations/'),
  AuthorizationType: z.literal('NONE').optional(),
  OperationName: noLocalEffect,
});

/** AWS::ApiGatewayV2::Route. */
export const route: ResourceModule = (resource, registry) => {
  const { ApiId, RouteKey, Target } = propertiesOf(resource, routeSchema);
  const routeApi = apiOf(registry, ApiId);
  const integrationId = Target.slice('integrations/'.length);
  if (!routeApi.integrations.has(integrationId))
    throw new Error('property Target: no integration of this API');
  if (routeApi.routes.some(({ routeKey }) => routeKey === RouteKey))
    throw new Error(`route ${RouteKey} exists twice`);
  routeApi.routes.push({ routeKey: RouteKey, target: integrationId });
  return { ref: randomBytes(4).toString('hex') };
};

const stageSchema = z.strictObject({
  ApiId: z.string(),
  StageName: z.literal('$default', 'a named stage puts its name into the path, which has no local form'),
  AutoDeploy: flag,
  // Throttling protects an AWS account. This machine reaches its own limit first.
  DefaultRouteSettings: noLocalEffect,
  RouteSettings: noLocalEffect,
  AccessLogSettings: noLocalEffect,
  Description: noLocalEffect,
  Tags: noLocalEffect,
});

/** AWS::ApiGatewayV2::Stage: without a deployed stage the API does not respond. */
export const stage: ResourceModule = (resource, registry) => {
  const { ApiId, StageName, AutoDeploy } = propertiesOf(resource, stageSchema);
  if (!AutoDeploy) throw new Error('property AutoDeploy: explicit deployments have no local form');
  apiOf(registry, ApiId).stage = StageName;
  return { ref: StageName };
};

function apiOf(registry: Registry, id: string): HttpApi {
  const found = registry.apis.get(id);
  if (found === undefined) throw new Error(`no API of the templates has the id ${id}`);
  return found;
}
