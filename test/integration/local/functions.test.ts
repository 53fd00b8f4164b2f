import { ReceiveMessageCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { describe, expect, it } from 'vitest';
import { clientOptions } from '#local/resources/clients.ts';
import { type RunningSystem, startSystem } from '#local/system.ts';
import { functionResource, type SmallStack, withAssembly } from '../../support/local/assembly.ts';

async function run<T>(stack: SmallStack, use: (system: RunningSystem) => Promise<T>): Promise<T> {
  return withAssembly(stack, async (templates) => {
    const system = await startSystem({ templates, quiet: true, stateFile: false });
    try {
      return await use(system);
    } finally {
      await system.stop();
    }
  });
}

/** A disabled schedule makes the function a used one without invoking it. */
const used = (target: string) => ({
  Type: 'AWS::Scheduler::Schedule',
  Properties: {
    ScheduleExpression: 'rate(1 minute)',
    State: 'DISABLED',
    FlexibleTimeWindow: { Mode: 'OFF' },
    Target: { Arn: { 'Fn::GetAtt': [target, 'Arn'] }, RoleArn: 'arn:aws:iam::000000000000:role/any' },
  },
});
const one = (source: string, properties: object = {}): SmallStack => ({
  resources: {
    Fn: functionResource('f.zip', { FunctionName: 'f', ...properties }),
    Schedule: used('Fn'),
  },
  assets: { 'f.zip': source },
});

describe('a function of the templates', () => {
  it('runs one invocation at a time in each process, and as many processes as its reserved concurrency', async () => {
    const source = `let running = 0; let most = 0;
      export const handler = async () => { most = Math.max(most, ++running); await new Promise((r) => setTimeout(r, 50)); running -= 1; return { most, pid: process.pid }; };`;
    await run(one(source, { ReservedConcurrentExecutions: 2 }), async (system) => {
      const results = await Promise.all(Array.from({ length: 12 }, () => system.invokeFunction('f', {})));
      const seen = results.map((result) => Object(result));
      expect(new Set(seen.map(({ pid }) => pid)).size).toBe(2);
      expect(Math.max(...seen.map(({ most }) => most))).toBe(1);
      expect(system.requestCounts()).toEqual({ f: 12 });
    });
  });

  it('is ended at its time-out, and the next invocation has a new process', async () => {
    const source = `export const handler = async ({ hang }) => { if (hang) await new Promise(() => setInterval(() => {}, 1000)); return process.pid; };`;
    await run(one(source, { Timeout: 1, ReservedConcurrentExecutions: 1 }), async (system) => {
      const first = await system.invokeFunction('f', {});
      await expect(system.invokeFunction('f', { hang: true })).rejects.toMatchObject({
        errorType: 'Sandbox.Timedout',
      });
      expect(await system.invokeFunction('f', {})).not.toBe(first);
    });
  });

  it('fails only the invocation during which its process ends', async () => {
    const source = 'export const handler = async ({ die }) => { if (die) process.exit(3); return 1; };';
    await run(one(source, { ReservedConcurrentExecutions: 1 }), async (system) => {
      await expect(system.invokeFunction('f', { die: true })).rejects.toMatchObject({
        errorType: 'Runtime.ExitError',
      });
      expect(await system.invokeFunction('f', {})).toBe(1);
    });
  });

  it('imports no package outside its bundle but the AWS SDK', async () => {
    await expect(run(one("import 'zod'; export const handler = () => 1;"), async () => {})).rejects.toThrow(
      /f cannot start: .*zod/,
    );
    const source = `import { S3Client } from '@aws-sdk/client-s3'; export const handler = async () => typeof S3Client;`;
    await run(one(source), async (system) => expect(await system.invokeFunction('f', {})).toBe('function'));
  });

  it('stops the start with the name of a missing handler', async () => {
    await expect(run(one('export const other = 1;'), async () => {})).rejects.toThrow(
      'exports no function handler',
    );
  });
});

describe('a queue of the templates', () => {
  const consumer = `export const handler = async ({ Records }) => {
    const failed = Records.find(({ body }) => body === 'poison');
    if (!failed) return { batchItemFailures: [] };
    return { batchItemFailures: Records.slice(Records.indexOf(failed)).map(({ messageId }) => ({ itemIdentifier: messageId })) };
  };`;
  const stack = (visibilitySeconds: number): SmallStack => ({
    resources: {
      Dead: { Type: 'AWS::SQS::Queue', Properties: { FifoQueue: true, QueueName: 'dead.fifo' } },
      Queue: {
        Type: 'AWS::SQS::Queue',
        Properties: {
          FifoQueue: true,
          QueueName: 'work.fifo',
          VisibilityTimeout: visibilitySeconds,
          RedrivePolicy: { deadLetterTargetArn: { 'Fn::GetAtt': ['Dead', 'Arn'] }, maxReceiveCount: 2 },
        },
      },
      Fn: functionResource('f.zip', { FunctionName: 'consumer', Timeout: 1 }),
      Mapping: {
        Type: 'AWS::Lambda::EventSourceMapping',
        Properties: {
          EventSourceArn: { 'Fn::GetAtt': ['Queue', 'Arn'] },
          FunctionName: { Ref: 'Fn' },
          BatchSize: 10,
          FunctionResponseTypes: ['ReportBatchItemFailures'],
        },
      },
    },
    assets: { 'f.zip': consumer },
  });

  it('feeds its function, and a message that keeps failing goes to the dead-letter queue (A8)', async () => {
    await run(stack(1), async (system) => {
      const client = new SQSClient(clientOptions(system.endpoints.sqs, 'ap-northeast-2'));
      const url = (name: string) => {
        const found = [...system.queueUrls].find(([arn]) => arn.endsWith(`:${name}`));
        if (found === undefined) throw new Error(`no queue ${name}`);
        return found[1];
      };
      try {
        for (const [index, body] of ['a', 'poison', 'b'].entries())
          await client.send(
            new SendMessageCommand({
              QueueUrl: url('work.fifo'),
              MessageBody: body,
              MessageGroupId: body === 'poison' ? 'bad' : 'good',
              MessageDeduplicationId: String(index),
            }),
          );
        const dead = await client.send(
          new ReceiveMessageCommand({ QueueUrl: url('dead.fifo'), WaitTimeSeconds: 15 }),
        );
        expect(dead.Messages?.map(({ Body }) => Body)).toEqual(['poison']);
        const left = await client.send(new ReceiveMessageCommand({ QueueUrl: url('work.fifo') }));
        expect(left.Messages ?? []).toEqual([]);
      } finally {
        client.destroy();
      }
    });
  });

  it('stops the start if its messages would return during their handling, as Lambda refuses it', async () => {
    await expect(run(stack(0), async () => {})).rejects.toThrow('visibility time-out (0 s) is shorter');
  });
});
