import { SendMessageBatchCommand, type SQSClient } from '@aws-sdk/client-sqs';

export interface FifoMessage {
  readonly group: string;
  /** SQS drops a repeat within five minutes; whoever counts drops a later one. */
  readonly deduplicationId: string;
  readonly body: unknown;
}

/** What became of messages, by deduplication id. */
export interface SentMessages {
  /** Accepted, or accepted before. */
  readonly accepted: ReadonlySet<string>;
  /** Refused for what they are: a repeat is useless. */
  readonly refused: ReadonlySet<string>;
}

/** What SQS takes in one call. */
export const fifoBatchMax = 10;

/** Sends at most ten messages to a FIFO queue. Never throws: what is in neither set may be tried again. */
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
