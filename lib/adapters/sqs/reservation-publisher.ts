import type { SQSClient } from '@aws-sdk/client-sqs';
import { type ReservationEvent, reservationEventId } from '#contract/reservation-event.ts';
import { createFifoSender } from './fifo-sender.ts';

/** Sends what became of sales: an event's stay in order, and a repeat is dropped (contract/reservation-event.ts). */
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
          group: event.eventId,
          deduplicationId: reservationEventId(event),
          body: event,
        })),
      ),
  };
}
