import {
  DeleteMessageBatchCommand,
  type Message,
  ReceiveMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import { z } from 'zod';
import type { Log } from '../log.ts';
import type { LambdaFunction } from './function.ts';

interface PollerOptions {
  readonly client: SQSClient;
  readonly queueUrl: string;
  readonly queueArn: string;
  readonly region: string;
  /** The part of the function that a queue uses. */
  readonly target: {
    readonly options: Pick<LambdaFunction['options'], 'name'>;
    invoke(event: unknown): Promise<unknown>;
  };
  /** At most 10, the limit of one ReceiveMessage. */
  readonly batchSize: number;
  /** `ReportBatchItemFailures`: the response names the failed messages. Without it a batch fails as a whole. */
  readonly reportsFailures: boolean;
  readonly log: Log;
}

/** SQS's own maximum for a long poll. */
const waitSeconds = 20;
/** Pause after a failed receive, so that a broken server is not called in a tight loop. */
const pauseMs = 1000;

const answerSchema = z.object({
  batchItemFailures: z.array(z.object({ itemIdentifier: z.string() })).default([]),
});

/**
 * Polls a queue as Lambda does: receives messages, invokes the function, deletes the handled messages. A failed message
 * stays until its visibility time-out; then the queue delivers it again or moves it to the dead-letter queue.
 */
export class QueuePoller {
  readonly #options: PollerOptions;
  readonly #stopping = new AbortController();
  #running: Promise<void> | undefined;

  constructor(options: PollerOptions) {
    this.#options = options;
  }

  start(): void {
    this.#running ??= this.#run();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      try {
        const messages = await this.#receive();
        if (messages.length > 0) await this.#handle(messages);
      } catch (error) {
        if (signal.aborted) return;
        this.#options.log.warn(this.#options.target.options.name, `queue: ${String(error)}`);
        await new Promise((resolve) => {
          const timer = setTimeout(resolve, pauseMs);
          signal.addEventListener('abort', () => {
            clearTimeout(timer);
            resolve(undefined);
          });
        });
      }
    }
  }

  async #receive(): Promise<readonly Message[]> {
    const { client, queueUrl, batchSize } = this.#options;
    const received = await client.send(
      new ReceiveMessageCommand({
        QueueUrl: queueUrl,
        MaxNumberOfMessages: batchSize,
        WaitTimeSeconds: waitSeconds,
        MessageSystemAttributeNames: ['All'],
        MessageAttributeNames: ['All'],
      }),
      { abortSignal: this.#stopping.signal },
    );
    return received.Messages ?? [];
  }

  async #handle(messages: readonly Message[]): Promise<void> {
    const { target, reportsFailures } = this.#options;
    let failed: ReadonlySet<string>;
    try {
      const answer = await target.invoke({ Records: messages.map((message) => this.#record(message)) });
      failed = reportsFailures ? failures(answer, messages) : new Set();
    } catch {
      return; // The function has logged the error. The messages return after their visibility time-out.
    }
    const done = messages.filter(({ MessageId = '' }) => !failed.has(MessageId));
    if (done.length === 0) return;
    await this.#options.client.send(
      new DeleteMessageBatchCommand({
        QueueUrl: this.#options.queueUrl,
        Entries: done.map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle })),
      }),
    );
  }

  /** docs.aws.amazon.com/lambda/latest/dg/with-sqs.html#example-standard-queue-message-event */
  #record(message: Message): object {
    return {
      messageId: message.MessageId,
      receiptHandle: message.ReceiptHandle,
      body: message.Body,
      attributes: message.Attributes ?? {},
      messageAttributes: Object.fromEntries(
        Object.entries(message.MessageAttributes ?? {}).map(([name, value]) => [
          name,
          {
            dataType: value.DataType,
            ...(value.StringValue !== undefined && { stringValue: value.StringValue }),
            ...(value.BinaryValue !== undefined && {
              binaryValue: Buffer.from(value.BinaryValue).toString('base64'),
            }),
          },
        ]),
      ),
      md5OfBody: message.MD5OfBody,
      eventSource: 'aws:sqs',
      eventSourceARN: this.#options.queueArn,
      awsRegion: this.#options.region,
    };
  }
}

/** A response that names a message outside the batch fails the whole batch, as on AWS. */
function failures(answer: unknown, messages: readonly Message[]): ReadonlySet<string> {
  if (answer === null) return new Set();
  const all = new Set(messages.map(({ MessageId = '' }) => MessageId));
  const parsed = answerSchema.safeParse(answer);
  if (!parsed.success) return all;
  const named = parsed.data.batchItemFailures.map(({ itemIdentifier }) => itemIdentifier);
  return named.every((id) => all.has(id)) ? new Set(named) : all;
}
