import { z } from 'zod';
import { eventIdSchema } from './event.ts';
import { seatsPerOrderMax } from './sales.ts';

/**
 * Message of the FIFO queue reservation-events: group = event, deduplication id = `${id}:${state}`. At least once: whoever
 * counts must count an id and state once. `atMs` is written with the change itself, so every copy says the same.
 */
const common = {
  eventId: eventIdSchema,
  atMs: z.int().min(0),
  amountKrw: z.int().min(0),
};
export const reservationEventSchema = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('reservation'),
    ...common,
    /** The reservation's. */
    id: z.uuid(),
    /** `cancelled`: a confirmed one was given back. */
    state: z.enum(['confirmed', 'cancelled']),
    seats: z.int().min(1).max(seatsPerOrderMax),
  }),
  z.strictObject({
    type: z.literal('payment'),
    ...common,
    /** The order's. */
    id: z.string().regex(/^[A-Za-z0-9_-]{6,64}$/),
    state: z.enum(['settled', 'refunded']),
  }),
]);
export type ReservationEvent = z.infer<typeof reservationEventSchema>;
export const reservationEventId = ({ id, state }: ReservationEvent) => `${id}:${state}`;
