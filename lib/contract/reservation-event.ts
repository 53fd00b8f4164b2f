import { z } from 'zod';
import { eventIdSchema } from './event.ts';
import { seatsPerOrderMax } from './sale.ts';

/**
 * Message of the FIFO queue reservation-events: group = `id`, deduplication id = `${id}:${state}`, with `:${part}` for single seats. At least once: whoever
 * counts must count an id and state once. `atMs` is written with the change itself, so every copy says the same.
 */
const common = {
  eventId: eventIdSchema,
  atMs: z.int().min(0),
  amountKrw: z.int().min(0),
  /** Number of a refund of single seats, which an order can have several of. */
  part: z.int().min(1).optional(),
};
export const reservationEventSchema = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('reservation'),
    ...common,
    /** The reservation's. */
    id: z.uuid(),
    /** `cancelled`: a confirmed one was given back, or single seats of it. */
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
export const reservationEventId = ({ id, state, part }: ReservationEvent) =>
  part === undefined ? `${id}:${state}` : `${id}:${state}:${part}`;
