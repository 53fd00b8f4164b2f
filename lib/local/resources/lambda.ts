import { stat } from 'node:fs/promises';
import { z } from 'zod';
import type { ResourceModule } from '../cloudformation/engine.ts';
import { LambdaFunction } from '../lambda/function.ts';
import { localCredentials, type Registry } from '../registry.ts';
import { noLocalEffect, numeric, propertiesOf } from './properties.ts';

const functionSchema = z.strictObject({
  FunctionName: z.string().optional(),
  Code: z.strictObject({
    S3Bucket: z.string().optional(),
    S3Key: z.string().optional(),
    ZipFile: z.string().optional(),
    SourceKMSKeyArn: noLocalEffect,
  }),
  Handler: z.string(),
  Runtime: z.string(),
  Timeout: numeric.default(3),
  MemorySize: numeric.default(128),
  ReservedConcurrentExecutions: numeric.optional(),
  Environment: z.strictObject({ Variables: z.record(z.string(), z.string()).default({}) }).optional(),
  DeadLetterConfig: z.strictObject({ TargetArn: z.string() }).optional(),
  Layers: z.array(z.string()).optional(),
  Architectures: noLocalEffect,
  Description: noLocalEffect,
  EphemeralStorage: noLocalEffect,
  KmsKeyArn: noLocalEffect,
  LoggingConfig: noLocalEffect,
  RecursiveLoop: noLocalEffect,
  Role: z.string(),
  Tags: noLocalEffect,
  TracingConfig: noLocalEffect,
});

/** AWS::Lambda::Function: processes that run the asset's bundle; see lambda/function.ts. */
export const lambdaFunction: ResourceModule = async (resource, registry) => {
  const properties = propertiesOf(resource, functionSchema);
  const physicalName = properties.FunctionName ?? resource.generatedName(64);
  const variables = properties.Environment?.Variables ?? {};
  const arn = `arn:aws:lambda:${resource.region}:${resource.account}:function:${physicalName}`;
  const isNode = properties.Runtime.startsWith('nodejs');
  if (isNode && properties.Layers !== undefined)
    throw new Error('property Layers has no local form for functions of the application');
  const created = new LambdaFunction({
    // Powertools' service name is more readable than a generated name.
    name: properties.FunctionName ?? variables.POWERTOOLS_SERVICE_NAME ?? physicalName,
    arn,
    region: resource.region,
    directory: await codeDirectory(properties.Code, registry),
    handler: properties.Handler,
    runtime: properties.Runtime,
    timeoutMs: properties.Timeout * 1000,
    timeLimitFactor: registry.settings.timeLimitFactor,
    memoryMb: properties.MemorySize,
    concurrencyMax: Math.min(
      properties.ReservedConcurrentExecutions ?? registry.settings.processesPerFunctionMax,
      registry.settings.processesPerFunctionMax,
    ),
    variables: applyOverrides(variables, registry.settings.environmentOverrides),
    endpointVariables: endpointVariables(registry),
    credentials: localCredentials,
    log: registry.log,
  });
  registry.functions.set(arn, created);
  if (properties.DeadLetterConfig !== undefined)
    registry.asyncPolicies.set(arn, { deadLetterArn: properties.DeadLetterConfig.TargetArn, retriesMax: 2 });
  return {
    ref: physicalName,
    attributes: { Arn: arn },
    async activate() {
      if (!created.isUsed) return;
      if (!isNode) throw new Error(`runtime ${properties.Runtime} has no local form`);
      await created.warm();
    },
    stop: () => created.stop(),
  };
};

async function codeDirectory(
  code: z.infer<typeof functionSchema>['Code'],
  registry: Registry,
): Promise<string> {
  // Code of a custom resource's provider may be inline. It is never started.
  if (code.S3Key === undefined) return '/nonexistent';
  const directory = registry.assets.get(code.S3Key);
  if (directory === undefined) throw new Error(`the assembly has no asset ${code.S3Key}`);
  return (await stat(directory)).isDirectory() ? directory : '/nonexistent';
}

/** The variables from which the AWS SDKs read endpoints (sdkref/latest/guide/feature-ss-endpoints.html). */
export function endpointVariables({ endpoints }: Registry): Record<string, string> {
  return {
    AWS_ENDPOINT_URL_DYNAMODB: endpoints.dynamodb,
    AWS_ENDPOINT_URL_S3: endpoints.s3,
    AWS_ENDPOINT_URL_SQS: endpoints.sqs,
    AWS_ENDPOINT_URL_SECRETS_MANAGER: endpoints.secretsManager,
  };
}

/** Returns the variables, those with a value of this run replaced. Adds none. */
export function applyOverrides(
  variables: Readonly<Record<string, string>>,
  overrides: Readonly<Record<string, string>>,
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(variables).map(([name, value]) => [name, overrides[name] ?? value]),
  );
}

const permissionSchema = z.strictObject({
  Action: z.string(),
  FunctionName: z.string(),
  Principal: z.string(),
  SourceArn: noLocalEffect,
  SourceAccount: noLocalEffect,
});

/** AWS::Lambda::Permission: without one, a service cannot invoke the function, here as on AWS. */
export const permission: ResourceModule = (resource, registry) => {
  const { FunctionName, Principal, Action } = propertiesOf(resource, permissionSchema);
  const target = functionByName(registry, FunctionName);
  if (Action === 'lambda:InvokeFunction' || Action === 'lambda:*') target.permittedServices.add(Principal);
  return { ref: resource.generatedName(64) };
};

const invokeConfigSchema = z.strictObject({
  FunctionName: z.string(),
  Qualifier: z.string(),
  MaximumRetryAttempts: numeric.optional(),
  MaximumEventAgeInSeconds: numeric.optional(),
  DestinationConfig: z
    .strictObject({ OnFailure: z.strictObject({ Destination: z.string() }).optional() })
    .optional(),
});

/** AWS::Lambda::EventInvokeConfig: retries, and the destination of failed events. */
export const eventInvokeConfig: ResourceModule = (resource, registry) => {
  const properties = propertiesOf(resource, invokeConfigSchema);
  const target = functionByName(registry, properties.FunctionName);
  const known = registry.asyncPolicies.get(target.options.arn);
  registry.asyncPolicies.set(target.options.arn, {
    retriesMax: properties.MaximumRetryAttempts ?? 2,
    deadLetterArn: properties.DestinationConfig?.OnFailure?.Destination ?? known?.deadLetterArn,
    ageMsMax: properties.MaximumEventAgeInSeconds && properties.MaximumEventAgeInSeconds * 1000,
  });
  return { ref: resource.generatedName(64) };
};

const versionSchema = z.strictObject({
  FunctionName: z.string(),
  Description: noLocalEffect,
  CodeSha256: noLocalEffect,
  RuntimePolicy: noLocalEffect,
});

/** AWS::Lambda::Version: the only version. Lambda@Edge refers to it, and its function then runs as at the edge. */
export const version: ResourceModule = (resource, registry) => {
  const target = functionByName(registry, propertiesOf(resource, versionSchema).FunctionName);
  const arn = `${target.options.arn}:1`;
  registry.functions.set(arn, target);
  return { ref: arn, attributes: { Version: '1', FunctionArn: arn } };
};

/** Finds a function by physical name, ARN, or qualified ARN. */
export function functionByName(registry: Registry, name: string): LambdaFunction {
  for (const [arn, found] of registry.functions)
    if (arn === name || arn.endsWith(`:function:${name}`)) return found;
  throw new Error(`no function of the templates is named ${name}`);
}
