import type { SQSClient } from '@aws-sdk/client-sqs';
import type { AdmissionEvent } from '#contract/admission-event.ts';
import { createFifoSender } from './fifo-sender.ts';

/**
 * Sends admissions to the FIFO queue: group = deduplication id = admission id. A consumer that dies holds up the messages
 * it had and no others; a repeat within five minutes is dropped by SQS, and a later one by whoever counts. Counting is by
 * identity: the order of messages does not matter.
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
          group: event.admissionId,
          deduplicationId: event.admissionId,
          body: event,
        })),
      ),
  };
}
