import { processPartialResponse, SqsFifoPartialProcessorAsync } from '@aws-lambda-powertools/batch';
import type { Context, SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import type { SaleStatistics } from '#adapters/dynamodb/sale-statistics.ts';
import { parseJson } from '#adapters/json.ts';
import { metrics } from '#contract/metrics.ts';
import { type ReservationEvent, reservationEventSchema } from '#contract/reservation-event.ts';
import { UrrError } from '#core/errors.ts';
import type { Telemetry } from '../shared/telemetry.ts';

export interface ReservationEventsDeps {
  readonly statistics: Pick<SaleStatistics, 'count'>;
  readonly telemetry: Telemetry;
}

/**
 * Counts what became of sales from the FIFO queue. After a failure the rest of that event's messages are given back too,
 * in their order, while other events' go on (A8); a message that fails too often ends in the dead-letter queue.
 */
export function makeHandler({ statistics, telemetry }: ReservationEventsDeps) {
  return async (event: SQSEvent, context?: Context): Promise<SQSBatchResponse> => {
    const written = new Map<string, Promise<void>>();
    const byEvent = Map.groupBy(
      event.Records.flatMap((record) => read(record) ?? []),
      (one) => one.eventId,
    );
    const countRecord = async (record: SQSRecord): Promise<void> => {
      const parsed = read(record);
      if (parsed === undefined) {
        telemetry.count(metrics.reservationEventInvalid);
        throw new UrrError('UNPROCESSABLE', `message ${record.messageId} is no reservation event`);
      }
      // One write carries all of this batch's events of a sale; each of its records waits for it.
      const { eventId } = parsed;
      const writing = written.get(eventId) ?? statistics.count(eventId, byEvent.get(eventId) ?? []);
      written.set(eventId, writing);
      await writing;
    };
    const processor = new SqsFifoPartialProcessorAsync();
    const answer = await processPartialResponse(event, countRecord, processor, {
      ...(context === undefined ? {} : { context }),
      skipGroupOnError: true,
      throwOnFullBatchFailure: false,
    });
    for (const failed of processor.errors) telemetry.error('reservation event not counted', failed);
    telemetry.flush();
    return answer;
  };
}

function read(record: SQSRecord): ReservationEvent | undefined {
  const parsed = reservationEventSchema.safeParse(parseJson(record.body));
  return parsed.success ? parsed.data : undefined;
}
