import type { SQSClient } from '@aws-sdk/client-sqs';
import { type ReservationEvent, reservationEventId } from '#contract/reservation-event.ts';
import { createFifoSender } from './fifo-sender.ts';

/**
 * Sends what became of sales: group = the reservation or order, so a consumer that dies holds up those it had and no
 * others; a repeat is dropped (contract/reservation-event.ts). Counting is by identity: the order does not matter.
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
