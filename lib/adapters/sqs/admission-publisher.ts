import type { SQSClient } from '@aws-sdk/client-sqs';
import type { AdmissionEvent } from '#contract/admission-event.ts';
import { createFifoSender } from './fifo-sender.ts';

/**
 * Sends admissions to the FIFO queue: group = deduplication id = admission id. A dead consumer delays only its own messages.
 * SQS drops a repeat within five minutes, and the consumer drops a later one. Admissions are counted by id, so the order of
 * messages does not matter.
 *
 * Never throws: an id that SQS did not accept is in neither set.
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
          group: event.admissionId,
          deduplicationId: event.admissionId,
          body: event,
        })),
      ),
  };
}
