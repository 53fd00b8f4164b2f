import type { SQSClient } from '@aws-sdk/client-sqs';
import type { AdmissionEvent } from '#contract/admission-event.ts';
import { createFifoSender } from './fifo-sender.ts';

/**
 * Sends admissions to the FIFO queue: group = event, so an event's admissions stay in order; deduplication id =
 * admission id, so a repeat within five minutes is dropped by SQS, and a later one by whoever counts.
 *
 * Never throws: what SQS did not take is in neither set.
 */
export function createAdmissionPublisher(
  client: SQSClient,
  queueUrl: string,
  onError: (error: unknown) => void,
) {
  const send = createFifoSender(client, queueUrl, onError);
  return {
    publish: (events: readonly AdmissionEvent[]) =>
      send(
        events.map((event) => ({
          group: event.eventId,
          deduplicationId: event.admissionId,
          body: event,
        })),
      ),
  };
}
