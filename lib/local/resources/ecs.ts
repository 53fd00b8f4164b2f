import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { Resource, ResourceModule } from '../cloudformation/engine.ts';
import { parseDockerfile } from '../containers/dockerfile.ts';
import { Service } from '../containers/service.ts';
import type { ContainerDescription } from '../containers/task.ts';
import { localCredentials, type Registry } from '../registry.ts';
import { applyOverrides, endpointVariables } from './lambda.ts';
import { noLocalEffect, numeric, propertiesOf, stringOrNumber } from './properties.ts';

const containerSchema = z.strictObject({
  Name: z.string(),
  Image: z.string(),
  Essential: z.literal([true, 'true']),
  Command: z.array(z.string()).optional(),
  Environment: z.array(z.strictObject({ Name: z.string(), Value: stringOrNumber })).default([]),
  PortMappings: z
    .array(
      z.strictObject({ ContainerPort: numeric, Protocol: z.literal('tcp').optional(), Name: noLocalEffect }),
    )
    .max(1)
    .default([]),
  StopTimeout: numeric.default(30),
  // The load balancer runs the same check; the container's own check would run inside Docker.
  HealthCheck: noLocalEffect,
  LinuxParameters: noLocalEffect,
  LogConfiguration: noLocalEffect,
  ReadonlyRootFilesystem: noLocalEffect,
  User: noLocalEffect,
  Privileged: z.literal([false, 'false']).optional(),
});
const taskSchema = z.strictObject({
  Family: z.string(),
  ContainerDefinitions: z.tuple([containerSchema]),
  NetworkMode: z.literal('awsvpc'),
  Cpu: noLocalEffect,
  Memory: noLocalEffect,
  ExecutionRoleArn: noLocalEffect,
  TaskRoleArn: noLocalEffect,
  RequiresCompatibilities: noLocalEffect,
  RuntimePlatform: noLocalEffect,
  Tags: noLocalEffect,
});

/** AWS::ECS::TaskDefinition: one container, run by this machine's Node with the command of its Dockerfile. */
export const taskDefinition: ResourceModule = async (resource, registry) => {
  const properties = propertiesOf(resource, taskSchema);
  const [container] = properties.ContainerDefinitions;
  const tag = container.Image.split(':').at(-1) ?? '';
  const directory = registry.images.get(tag);
  if (directory === undefined)
    throw new Error(`container ${container.Name}: the assembly has no image ${tag}`);
  const image = parseDockerfile(await readFile(join(directory, 'Dockerfile'), 'utf8'));
  const given = Object.fromEntries(container.Environment.map(({ Name, Value }) => [Name, Value]));
  const port = container.PortMappings[0]?.ContainerPort;
  if (port !== undefined && given.PORT !== String(port))
    throw new Error(`container ${container.Name}: PORT is ${given.PORT}, but the mapped port is ${port}`);
  const description: ContainerDescription = {
    name: given.POWERTOOLS_SERVICE_NAME ?? container.Name,
    directory,
    command: container.Command ?? image.command,
    environment: {
      ...image.environment,
      ...applyOverrides(given, registry.settings.environmentOverrides),
      ...reserved(resource, registry),
    },
    containerPort: port,
    stopTimeoutMs: container.StopTimeout * 1000,
    log: registry.log,
  };
  const arn = `arn:aws:ecs:${resource.region}:${resource.account}:task-definition/${properties.Family}:1`;
  registry.taskDefinitions.set(arn, description);
  return { ref: arn, attributes: { TaskDefinitionArn: arn } };
};

/**
 * Variables that Fargate sets for every task, and credentials, which Fargate provides by a metadata endpoint instead.
 */
function reserved(resource: Resource, registry: Registry): Record<string, string> {
  return {
    ...endpointVariables(registry),
    ...localCredentials,
    AWS_REGION: resource.region,
    AWS_DEFAULT_REGION: resource.region,
    AWS_EXECUTION_ENV: 'AWS_ECS_FARGATE',
    PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  };
}

const serviceSchema = z.strictObject({
  TaskDefinition: z.string(),
  ServiceName: z.string().optional(),
  DesiredCount: numeric.default(1),
  LoadBalancers: z
    .array(
      z.strictObject({
        TargetGroupArn: z.string(),
        ContainerName: z.string(),
        ContainerPort: numeric,
        AdvancedConfiguration: noLocalEffect,
      }),
    )
    .default([]),
  AvailabilityZoneRebalancing: noLocalEffect,
  CapacityProviderStrategy: noLocalEffect,
  Cluster: noLocalEffect,
  DeploymentConfiguration: noLocalEffect,
  DeploymentController: noLocalEffect,
  EnableECSManagedTags: noLocalEffect,
  EnableExecuteCommand: noLocalEffect,
  HealthCheckGracePeriodSeconds: noLocalEffect,
  LaunchType: noLocalEffect,
  NetworkConfiguration: noLocalEffect,
  PlatformVersion: noLocalEffect,
  PropagateTags: noLocalEffect,
  Tags: noLocalEffect,
});

/** AWS::ECS::Service: keeps its tasks running and registered with the load balancer. */
export const service: ResourceModule = (resource, registry) => {
  const properties = propertiesOf(resource, serviceSchema);
  const container = registry.taskDefinitions.get(properties.TaskDefinition);
  if (container === undefined)
    throw new Error('property TaskDefinition: no task definition of the templates');
  const targetGroups = properties.LoadBalancers.map(({ TargetGroupArn, ContainerPort }) => {
    const group = registry.targetGroups.get(TargetGroupArn);
    if (group === undefined) throw new Error(`property LoadBalancers: no target group ${TargetGroupArn}`);
    if (ContainerPort !== container.containerPort)
      throw new Error(`property LoadBalancers: the container does not listen on port ${ContainerPort}`);
    return group;
  });
  const created = new Service({ container, tasks: properties.DesiredCount, targetGroups, log: registry.log });
  registry.services.push(created);
  created.start();
  const name = properties.ServiceName ?? resource.generatedName(255);
  const arn = `arn:aws:ecs:${resource.region}:${resource.account}:service/${name}`;
  return {
    ref: arn,
    attributes: { Name: name, ServiceArn: arn },
    activate: () => created.healthy(),
    stop: () => created.stop(),
  };
};
