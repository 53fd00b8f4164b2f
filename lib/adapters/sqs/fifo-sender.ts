import { SendMessageBatchCommand, type SQSClient } from '@aws-sdk/client-sqs';

interface FifoMessage {
  readonly group: string;
  /** SQS drops a repeat within five minutes; the consumer drops a later one. */
  readonly deduplicationId: string;
  readonly body: unknown;
}

/** Results of a send, by deduplication id. */
export interface SentMessages {
  /** Accepted, or accepted before. */
  readonly accepted: ReadonlySet<string>;
  /** Refused for their content: a repeat cannot succeed. */
  readonly refused: ReadonlySet<string>;
}

/** Limit of SQS per call. */
export const fifoBatchMax = 10;

/** Returns a function that sends at most ten messages to a FIFO queue. It never throws: ids in neither set may be sent again. */
export function createFifoSender(client: SQSClient, queueUrl: string, onError: (error: unknown) => void) {
  return async (messages: readonly FifoMessage[]): Promise<SentMessages> => {
    const accepted = new Set<string>();
    const refused = new Set<string>();
    const add = (ids: Set<string>, id: string | undefined) => {
      const message = messages[Number(id)];
      if (message !== undefined) ids.add(message.deduplicationId);
    };
    try {
      const answer = await client.send(
        new SendMessageBatchCommand({
          QueueUrl: queueUrl,
          Entries: messages.map(({ group, deduplicationId, body }, i) => ({
            Id: String(i),
            MessageBody: JSON.stringify(body),
            MessageGroupId: group,
            MessageDeduplicationId: deduplicationId,
          })),
        }),
      );
      for (const { Id } of answer.Successful ?? []) add(accepted, Id);
      for (const { Id, SenderFault } of answer.Failed ?? []) if (SenderFault) add(refused, Id);
    } catch (error) {
      onError(error);
    }
    return { accepted, refused };
  };
}
