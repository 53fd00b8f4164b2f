import { processPartialResponse, SqsFifoPartialProcessorAsync } from '@aws-lambda-powertools/batch';
import type { Context, SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import type { z } from 'zod';
import { parseJson } from '#adapters/json.ts';
import type { MetricName } from '#contract/metrics.ts';
import { UrrError } from '#core/errors.ts';
import type { Telemetry } from './telemetry.ts';

interface Counting<Message> {
  readonly schema: z.ZodType<Message>;
  /** Name of a message in logs and errors. */
  readonly name: string;
  /** Metric of messages that do not match the schema. */
  readonly invalidMetric: MetricName;
  /** Messages of one key are written together. */
  readonly keyOf: (message: Message) => string;
  /** Writes all messages of one key in a batch. A repeat must change nothing: SQS delivers at least once. */
  readonly write: (messages: readonly [Message, ...Message[]]) => Promise<void>;
  readonly telemetry: Telemetry;
}

/**
 * Counts messages of a FIFO queue with any number of parallel consumers: order does not matter. After a failure the later
 * messages of the same group return to the queue in their order, and other groups continue (A8). A message that fails too
 * often goes to the dead-letter queue.
 */
export function countingHandler<Message>(counting: Counting<Message>) {
  const { schema, name, invalidMetric, keyOf, write, telemetry } = counting;
  const read = (record: SQSRecord): Message | undefined => schema.safeParse(parseJson(record.body)).data;
  return async (event: SQSEvent, context?: Context): Promise<SQSBatchResponse> => {
    const messages = event.Records.flatMap((record) => read(record) ?? []);
    const byKey = Map.groupBy(messages, keyOf);
    const written = new Map<string, Promise<void>>();
    const countRecord = async (record: SQSRecord): Promise<void> => {
      const message = read(record);
      if (message === undefined) {
        telemetry.count(invalidMetric);
        throw new UrrError(
          'UNPROCESSABLE',
          `message ${record.messageId} does not match the schema of a ${name}`,
        );
      }
      const key = keyOf(message);
      const [first = message, ...rest] = byKey.get(key) ?? [];
      const writing = written.get(key) ?? write([first, ...rest]);
      written.set(key, writing);
      await writing;
    };
    const processor = new SqsFifoPartialProcessorAsync();
    const answer = await processPartialResponse(event, countRecord, processor, {
      ...(context === undefined ? {} : { context }),
      skipGroupOnError: true,
      throwOnFullBatchFailure: false,
    });
    for (const failed of processor.errors)
      telemetry.error(`a ${name} was not counted; SQS delivers it again`, failed);
    telemetry.flush();
    return answer;
  };
}
