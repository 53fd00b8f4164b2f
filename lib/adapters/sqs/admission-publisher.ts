import { SendMessageBatchCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { AdmissionEvent } from '#contract/admission-event.ts';

export interface SentAdmissions {
  readonly accepted: ReadonlySet<string>;
  readonly refused: ReadonlySet<string>;
}

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
  return {
    async publish(events: readonly AdmissionEvent[]): Promise<SentAdmissions> {
      const accepted = new Set<string>();
      const refused = new Set<string>();
      try {
        const answer = await client.send(
          new SendMessageBatchCommand({
            QueueUrl: queueUrl,
            Entries: events.map((event, i) => ({
              Id: String(i),
              MessageBody: JSON.stringify(event),
              MessageGroupId: event.eventId,
              MessageDeduplicationId: event.admissionId,
            })),
          }),
        );
        for (const { Id } of answer.Successful ?? []) add(accepted, events, Id);
        for (const { Id, SenderFault } of answer.Failed ?? []) if (SenderFault) add(refused, events, Id);
      } catch (error) {
        onError(error);
      }
      return { accepted, refused };
    },
  };
}

function add(ids: Set<string>, events: readonly AdmissionEvent[], id: string | undefined): void {
  const event = events[Number(id)];
  if (event !== undefined) ids.add(event.admissionId);
}
