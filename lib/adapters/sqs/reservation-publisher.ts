import type { SQSClient } from '@aws-sdk/client-sqs';
import { type ReservationEvent, reservationEventId } from '#contract/reservation-event.ts';
import { createFifoSender } from './fifo-sender.ts';

/**
 * Sends the outcomes of sales: group = reservation or order, so a dead consumer delays only its own messages. A repeat is
 * dropped (contract/reservation-event.ts). Outcomes are counted by id, so the order does not matter.
 */
export function createReservationPublisher(
  client: SQSClient,
  queueUrl: string,
  onError: (error: unknown) => void,
) {
  const send = createFifoSender(client, queueUrl, onError);
  return {
    publish: (events: readonly ReservationEvent[]) =>
      send(
        events.map((event) => ({
          group: event.id,
          deduplicationId: reservationEventId(event),
          body: event,
        })),
      ),
  };
}
