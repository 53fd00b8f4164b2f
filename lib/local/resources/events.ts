import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { Resource, ResourceModule, Started } from '../cloudformation/engine.ts';
import type { LambdaFunction } from '../lambda/function.ts';
import type { Registry } from '../registry.ts';
import { noLocalEffect, propertiesOf } from './properties.ts';
import { scheduleMs, startTimer } from './schedule.ts';

const ruleSchema = z.strictObject({
  Name: z.string().optional(),
  ScheduleExpression: z.string(),
  State: z.string().default('ENABLED'),
  Targets: z
    .array(
      z.strictObject({
        Arn: z.string(),
        Id: z.string(),
        Input: z.string().optional(),
        DeadLetterConfig: noLocalEffect,
        RetryPolicy: noLocalEffect,
      }),
    )
    .default([]),
  Description: noLocalEffect,
});

/** AWS::Events::Rule with a schedule: fires first when everything runs, then at its rate. */
export const rule: ResourceModule = (resource, registry) => {
  const properties = propertiesOf(resource, ruleSchema);
  const name = properties.Name ?? resource.generatedName(64);
  const targets = properties.Targets.map(({ Arn, Input }) => {
    const target = lambdaTarget(registry, Arn);
    if (!target.permittedServices.has('events.amazonaws.com'))
      throw new Error(`no AWS::Lambda::Permission lets EventBridge invoke ${target.options.name}`);
    return { target, input: Input };
  });
  const arn = `arn:aws:events:${resource.region}:${resource.account}:rule/${name}`;
  const fire = () => {
    for (const { target, input } of targets)
      invokeAsync(registry, target, input === undefined ? scheduledEvent(resource, arn) : JSON.parse(input));
  };
  return scheduled(name, arn, properties.State === 'ENABLED', properties.ScheduleExpression, fire);
};

const scheduleSchema = z.strictObject({
  Name: z.string().optional(),
  ScheduleExpression: z.string(),
  State: z.string().default('ENABLED'),
  Target: z.strictObject({
    Arn: z.string(),
    RoleArn: z.string(),
    Input: z.string().optional(),
    // Both concern the delivery of the event, which cannot fail on one machine. Lambda handles failures of the
    // function.
    DeadLetterConfig: noLocalEffect,
    RetryPolicy: noLocalEffect,
  }),
  FlexibleTimeWindow: z.looseObject({ Mode: z.literal('OFF') }),
  ScheduleExpressionTimezone: noLocalEffect,
  Description: noLocalEffect,
  GroupName: noLocalEffect,
});

/** AWS::Scheduler::Schedule: fires like a rule, by EventBridge Scheduler. */
export const schedule: ResourceModule = (resource, registry) => {
  const properties = propertiesOf(resource, scheduleSchema);
  const name = properties.Name ?? resource.generatedName(64);
  const arn = `arn:aws:scheduler:${resource.region}:${resource.account}:schedule/default/${name}`;
  const target = lambdaTarget(registry, properties.Target.Arn);
  const { Input } = properties.Target;
  const fire = () =>
    invokeAsync(registry, target, Input === undefined ? {} : JSON.parse(contextual(Input, arn)));
  return scheduled(name, arn, properties.State === 'ENABLED', properties.ScheduleExpression, fire);
};

function scheduled(
  ref: string,
  arn: string,
  isEnabled: boolean,
  expression: string,
  fire: () => void,
): Started {
  const everyMs = scheduleMs(expression);
  let stop = () => {};
  return {
    ref,
    attributes: { Arn: arn },
    activate() {
      if (!isEnabled) return;
      fire();
      stop = startTimer(everyMs, fire);
    },
    stop: () => stop(),
  };
}

function lambdaTarget(registry: Registry, arn: string): LambdaFunction {
  const target = registry.functions.get(arn);
  if (target === undefined) throw new Error(`target ${arn} is no function of the templates`);
  target.isUsed = true;
  return target;
}

/** Invokes with the retry settings that the template gives the function. */
function invokeAsync(registry: Registry, target: LambdaFunction, event: unknown): void {
  const { retriesMax = 2, deadLetterArn, ageMsMax } = registry.asyncPolicies.get(target.options.arn) ?? {};
  registry.asyncInvoker.send(target, event, {
    retriesMax,
    ageMsMax,
    onFailure:
      deadLetterArn === undefined
        ? undefined
        : (failed, error) =>
            registry.sendToQueue(deadLetterArn, { requestPayload: failed, responseContext: { error } }),
  });
}

function scheduledEvent(resource: Resource, arn: string): object {
  return {
    version: '0',
    id: randomUUID(),
    'detail-type': 'Scheduled Event',
    source: 'aws.events',
    account: resource.account,
    time: `${new Date().toISOString().slice(0, 19)}Z`,
    region: resource.region,
    resources: [arn],
    detail: {},
  };
}

/** Scheduler's context attributes (managing-schedule-context-attributes.html). */
function contextual(input: string, arn: string): string {
  return input
    .replaceAll('<aws.scheduler.schedule-arn>', arn)
    .replaceAll('<aws.scheduler.scheduled-time>', new Date().toISOString())
    .replaceAll('<aws.scheduler.execution-id>', randomUUID())
    .replaceAll('<aws.scheduler.attempt-number>', '1');
}
