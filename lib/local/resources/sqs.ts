import { CreateQueueCommand, GetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { z } from 'zod';
import type { ResourceModule } from '../cloudformation/engine.ts';
import { clientOptions } from './clients.ts';
import { flag, noLocalEffect, propertiesOf, stringOrNumber } from './properties.ts';

const queueSchema = z.strictObject({
  QueueName: z.string().optional(),
  FifoQueue: flag.optional(),
  ContentBasedDeduplication: flag.optional(),
  DeduplicationScope: z.string().optional(),
  FifoThroughputLimit: z.string().optional(),
  VisibilityTimeout: stringOrNumber.optional(),
  MessageRetentionPeriod: stringOrNumber.optional(),
  DelaySeconds: stringOrNumber.optional(),
  ReceiveMessageWaitTimeSeconds: stringOrNumber.optional(),
  MaximumMessageSize: stringOrNumber.optional(),
  RedrivePolicy: z
    .looseObject({ deadLetterTargetArn: z.string(), maxReceiveCount: stringOrNumber })
    .optional(),
  RedriveAllowPolicy: noLocalEffect,
  SqsManagedSseEnabled: noLocalEffect,
  KmsMasterKeyId: noLocalEffect,
  KmsDataKeyReusePeriodSeconds: noLocalEffect,
  Tags: noLocalEffect,
});

/** AWS::SQS::Queue, standard or FIFO, with its redrive policy. */
export const queue: ResourceModule = async (resource, registry) => {
  const {
    QueueName,
    RedrivePolicy,
    RedriveAllowPolicy: _allow,
    SqsManagedSseEnabled: _sse,
    KmsMasterKeyId: _key,
    KmsDataKeyReusePeriodSeconds: _reuse,
    Tags: _tags,
    ...plain
  } = propertiesOf(resource, queueSchema);
  const name = QueueName ?? `${resource.generatedName(75)}${plain.FifoQueue ? '.fifo' : ''}`;
  const attributes = Object.fromEntries(
    Object.entries(plain).flatMap(([key, value]) => (value === undefined ? [] : [[key, String(value)]])),
  );
  if (RedrivePolicy !== undefined) attributes.RedrivePolicy = JSON.stringify(RedrivePolicy);
  const client = new SQSClient(clientOptions(registry.endpoints.sqs, resource.region));
  try {
    const { QueueUrl } = await client.send(
      new CreateQueueCommand({ QueueName: name, Attributes: attributes }),
    );
    if (QueueUrl === undefined) throw new Error('the queue has no address');
    // The server's URL has a host that some machines do not resolve. The path alone identifies a queue.
    const url = new URL(new URL(QueueUrl).pathname, registry.endpoints.sqs).href;
    const found = await client.send(
      new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ['QueueArn'] }),
    );
    const arn = found.Attributes?.QueueArn;
    if (arn === undefined) throw new Error('the queue has no ARN');
    registry.queueUrls.set(arn, url);
    return { ref: url, attributes: { Arn: arn, QueueName: name, QueueUrl: url } };
  } finally {
    client.destroy();
  }
};
