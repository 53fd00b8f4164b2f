import { GetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { z } from 'zod';
import type { ResourceModule } from '../cloudformation/engine.ts';
import { QueuePoller } from '../lambda/queue-poller.ts';
import { clientOptions } from './clients.ts';
import { functionByName } from './lambda.ts';
import { flag, noLocalEffect, numeric, propertiesOf } from './properties.ts';

const mappingSchema = z.strictObject({
  EventSourceArn: z.string().regex(/^arn:aws:sqs:/, 'only SQS queues have a local form'),
  FunctionName: z.string(),
  Enabled: flag.default(true),
  BatchSize: numeric.max(10_000).default(10),
  FunctionResponseTypes: z.array(z.literal('ReportBatchItemFailures')).default([]),
  // One process polls here: fewer than any allowed maximum. It does not wait to fill a batch.
  ScalingConfig: noLocalEffect,
  MaximumBatchingWindowInSeconds: noLocalEffect,
  MetricsConfig: noLocalEffect,
  Tags: noLocalEffect,
});

/** AWS::Lambda::EventSourceMapping of an SQS queue. */
export const eventSourceMapping: ResourceModule = async (resource, registry) => {
  const properties = propertiesOf(resource, mappingSchema);
  const queueUrl = registry.queueUrls.get(properties.EventSourceArn);
  if (queueUrl === undefined) throw new Error('property EventSourceArn: no queue of the templates');
  const target = functionByName(registry, properties.FunctionName);
  target.isUsed = true;
  const client = new SQSClient(clientOptions(registry.endpoints.sqs, resource.region));
  const found = await client.send(
    new GetQueueAttributesCommand({ QueueUrl: queueUrl, AttributeNames: ['VisibilityTimeout'] }),
  );
  const visibilityMs = Number(found.Attributes?.VisibilityTimeout ?? 0) * 1000;
  // Lambda refuses such a mapping: a message would return while it is still being handled.
  if (visibilityMs < target.options.timeoutMs) {
    client.destroy();
    throw new Error(
      `the queue's visibility time-out (${visibilityMs / 1000} s) is shorter than the function's time-out (${target.options.timeoutMs / 1000} s)`,
    );
  }
  const poller = new QueuePoller({
    client,
    queueUrl,
    queueArn: properties.EventSourceArn,
    region: resource.region,
    target,
    batchSize: Math.min(properties.BatchSize, 10),
    reportsFailures: properties.FunctionResponseTypes.length > 0,
    log: registry.log,
  });
  return {
    ref: resource.generatedName(64),
    activate() {
      if (properties.Enabled) poller.start();
    },
    async stop() {
      await poller.stop();
      client.destroy();
    },
  };
};
