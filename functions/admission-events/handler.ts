import { processPartialResponse, SqsFifoPartialProcessorAsync } from '@aws-lambda-powertools/batch';
import type { Context, SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import { type AdmissionStatistics, bucketKey, bucketOf } from '#adapters/dynamodb/statistics.ts';
import { parseJson } from '#adapters/json.ts';
import { type AdmissionEvent, admissionEventSchema } from '#contract/admission-event.ts';
import { metrics } from '#contract/metrics.ts';
import { UrrError } from '#core/errors.ts';
import type { Telemetry } from '../shared/telemetry.ts';

export interface AdmissionEventsDeps {
  readonly statistics: Pick<AdmissionStatistics, 'count'>;
  readonly telemetry: Telemetry;
}

/**
 * Counts admissions from the FIFO queue. After a failure the rest of that event's messages are given back too, in their
 * order, while other events' go on (A8); a message that fails too often ends in the dead-letter queue.
 */
export function makeHandler({ statistics, telemetry }: AdmissionEventsDeps) {
  return async (event: SQSEvent, context?: Context): Promise<SQSBatchResponse> => {
    const written = new Map<string, Promise<void>>();
    const ids = idsByBucket(event.Records);
    const countRecord = async (record: SQSRecord): Promise<void> => {
      const parsed = read(record);
      if (parsed === undefined) {
        telemetry.count(metrics.admissionEventInvalid);
        throw new UrrError('UNPROCESSABLE', `message ${record.messageId} is no admission event`);
      }
      // One write carries all of this batch's admissions of a second; each of its records waits for it.
      const bucket = bucketOf(parsed);
      const key = bucketKey(bucket);
      const writing = written.get(key) ?? statistics.count(bucket, ids.get(key) ?? []);
      written.set(key, writing);
      await writing;
    };
    const processor = new SqsFifoPartialProcessorAsync();
    const answer = await processPartialResponse(event, countRecord, processor, {
      ...(context === undefined ? {} : { context }),
      skipGroupOnError: true,
      throwOnFullBatchFailure: false,
    });
    for (const failed of processor.errors) telemetry.error('admission event not counted', failed);
    telemetry.flush();
    return answer;
  };
}

function read(record: SQSRecord): AdmissionEvent | undefined {
  const parsed = admissionEventSchema.safeParse(parseJson(record.body));
  return parsed.success ? parsed.data : undefined;
}

function idsByBucket(records: readonly SQSRecord[]): Map<string, string[]> {
  const ids = new Map<string, string[]>();
  for (const event of records.map(read)) {
    if (event === undefined) continue;
    const key = bucketKey(bucketOf(event));
    ids.set(key, [...(ids.get(key) ?? []), event.admissionId]);
  }
  return ids;
}
