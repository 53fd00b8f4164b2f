import { randomBytes } from 'node:crypto';
import type { Registry } from '../registry.ts';
import type { Assembly, Stack } from './assembly.ts';
import { evaluate, noValue, type Scope } from './intrinsics.ts';
import { type PlannedResource, planAssembly } from './plan.ts';

/** A resource with its properties resolved, as its module gets it. */
export interface Resource {
  readonly type: string;
  readonly logicalId: string;
  /** `stack/logicalId`, for messages. */
  readonly where: string;
  readonly stackName: string;
  readonly region: string;
  readonly account: string;
  readonly properties: unknown;
  /**
   * Returns a physical name as CloudFormation makes it for a resource without one: `-` and 8 random hex digits at the
   * end.
   */
  generatedName(lengthMax: number): string;
}

/** Values of a started resource for `Ref` and `Fn::GetAtt`, and its later steps. */
export interface Started {
  readonly ref: string;
  readonly attributes?: Readonly<Record<string, unknown>>;
  /** Called after every resource has started: schedules begin to fire, ports open. */
  readonly activate?: () => void | Promise<void>;
  readonly stop?: () => void | Promise<void>;
}

/** How one resource type runs on one machine. */
export type ResourceModule = (resource: Resource, registry: Registry) => Promise<Started> | Started;

export interface RunningTemplates {
  stop(): Promise<void>;
}

/**
 * Starts every resource of an assembly as soon as its dependencies run. If one fails, all started resources are
 * stopped, and the error names the failed one.
 */
export async function runTemplates(
  assembly: Assembly,
  modules: ReadonlyMap<string, ResourceModule>,
  registry: Registry,
): Promise<RunningTemplates> {
  const planned = planAssembly(assembly, (type) => modules.has(type));
  const byKey = new Map(planned.map((resource) => [resource.key, resource]));
  const started = new Map<string, Promise<Started | undefined>>();
  const finished: Started[] = [];

  const start = (key: string): Promise<Started | undefined> => {
    const running = started.get(key);
    if (running !== undefined) return running;
    const resource = byKey.get(key);
    if (resource === undefined) throw new Error(`${key} does not exist`);
    const promise = startOne(resource);
    started.set(key, promise);
    return promise;
  };

  const startOne = async (planned: PlannedResource): Promise<Started | undefined> => {
    const { stack, logicalId, resource, key } = planned;
    const scope = scopeOf(stack, assembly, start, registry);
    if (resource.Condition !== undefined && !(await scope.condition(resource.Condition))) return undefined;
    await Promise.all(planned.dependsOn.map(start));
    const module = modules.get(resource.Type);
    if (module === undefined) throw new Error(`${key}: no module for ${resource.Type}`);
    try {
      const result = await module(
        {
          type: resource.Type,
          logicalId,
          where: key,
          stackName: stack.name,
          region: stack.region,
          account: stack.account,
          properties: await evaluate(resource.Properties, scope),
          generatedName: (lengthMax) =>
            `${`${stack.name}-${logicalId}`.slice(0, lengthMax - 9)}-${randomBytes(4).toString('hex')}`,
        },
        registry,
      );
      finished.push(result);
      return result;
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new Error(reason.startsWith(`${key} `) ? reason : `${key} (${resource.Type}): ${reason}`, {
        cause,
      });
    }
  };

  // The last started resource stops first: a worker drains while its Redis still responds.
  const stop = async (): Promise<void> => {
    registry.asyncInvoker.stop();
    // All services at once, because each may take seconds to drain.
    await Promise.allSettled(registry.services.map((service) => service.stop()));
    for (const resource of finished.splice(0).reverse()) await Promise.allSettled([resource.stop?.()]);
  };
  const results = await Promise.allSettled(planned.map(({ key }) => start(key)));
  const failed = results.find((result) => result.status === 'rejected');
  try {
    if (failed !== undefined) throw failed.reason;
    await Promise.all(finished.map(async (resource) => resource.activate?.()));
  } catch (error) {
    await stop();
    throw error;
  }
  return { stop };
}

function scopeOf(
  stack: Stack,
  assembly: Assembly,
  start: (key: string) => Promise<Started | undefined>,
  registry: Registry,
): Scope {
  const { template } = stack;
  const pseudo: Readonly<Record<string, unknown>> = {
    'AWS::AccountId': stack.account,
    'AWS::Region': stack.region,
    'AWS::Partition': 'aws',
    'AWS::URLSuffix': 'amazonaws.com',
    'AWS::StackName': stack.name,
    'AWS::StackId': `arn:aws:cloudformation:${stack.region}:${stack.account}:stack/${stack.name}/local`,
    'AWS::NotificationARNs': [],
    'AWS::NoValue': noValue,
  };
  const scope: Scope = {
    async ref(name) {
      if (name in pseudo) return pseudo[name];
      const parameter = template.Parameters[name];
      if (parameter !== undefined) {
        if (parameter.Default === undefined)
          throw new Error(`parameter ${name} of ${stack.name} has no default`);
        return parameter.Default;
      }
      return (await existing(name)).ref;
    },
    async getAtt(logicalId, attribute) {
      const { attributes = {} } = await existing(logicalId);
      if (!(attribute in attributes))
        throw new Error(
          `Fn::GetAtt: ${stack.name}/${logicalId} (${template.Resources[logicalId]?.Type}) has no attribute ${attribute} in the local run`,
        );
      return attributes[attribute];
    },
    async importValue(name) {
      for (const other of assembly.stacks) {
        for (const output of Object.values(other.template.Outputs)) {
          if (output.Export === undefined) continue;
          const otherScope = scopeOf(other, assembly, start, registry);
          if ((await evaluate(output.Export.Name, otherScope)) === name)
            return evaluate(output.Value, otherScope);
        }
      }
      throw new Error(`Fn::ImportValue: no stack exports ${name}`);
    },
    async stackOutput(stackName, outputName) {
      const other = assembly.stacks.find(({ name }) => name === stackName);
      const output = other?.template.Outputs[outputName];
      if (other === undefined || output === undefined)
        throw new Error(`Fn::GetStackOutput: ${stackName} has no output ${outputName}`);
      return evaluate(output.Value, scopeOf(other, assembly, start, registry));
    },
    async condition(name) {
      if (!(name in template.Conditions)) throw new Error(`condition ${name} is not in ${stack.name}`);
      return (await evaluate(template.Conditions[name], scope)) === true;
    },
    findInMap(map, first, second) {
      const found = template.Mappings[map]?.[first]?.[second];
      if (found === undefined)
        throw new Error(`Fn::FindInMap: ${stack.name} has no ${map}.${first}.${second}`);
      return found;
    },
    zones: (region) => ['a', 'b', 'c'].map((letter) => `${region === '' ? stack.region : region}${letter}`),
    dynamicReference: (reference) => resolveDynamicReference(reference, registry),
  };
  const existing = async (logicalId: string): Promise<Started> => {
    if (!(logicalId in template.Resources)) throw new Error(`${stack.name} has no ${logicalId}`);
    const running = await start(`${stack.name}/${logicalId}`);
    if (running === undefined)
      throw new Error(`${stack.name}/${logicalId} is left out by its condition, but something refers to it`);
    return running;
  };
  return scope;
}

/** `ssm:name[:version]` and `secretsmanager:secret:SecretString:key:stage:version`. */
async function resolveDynamicReference(reference: string, registry: Registry): Promise<string> {
  const separator = reference.indexOf(':');
  const [service, rest] = [reference.slice(0, separator), reference.slice(separator + 1)];
  if (service === 'ssm') {
    const name = rest.replace(/:\d+$/, '');
    const value = registry.parameters.get(name);
    if (value === undefined) throw new Error(`SSM parameter ${name} was not written`);
    return value;
  }
  if (service === 'secretsmanager') {
    const match = /^(arn:(?:[^:]*:){5}[^:]+|[^:]+):SecretString(?::([^:]*))?(?::([^:]*))?(?::([^:]*))?$/.exec(
      rest,
    );
    if (match?.[1] === undefined) throw new Error('a Secrets Manager reference is malformed');
    return registry.secrets.resolve(match[1], match[2] ?? '', match[3] ?? '');
  }
  throw new Error(`dynamic references to ${service} have no local form`);
}
