import { z } from 'zod';
import { eventIdSchema } from './event.ts';
import { seatsPerOrderMax } from './sale.ts';

/**
 * Message of the FIFO queue reservation-events: group = `id`, deduplication id = `${id}:${state}`, with `:${part}` for
 * single seats. Delivered at least once, so a consumer must count each deduplication id once. `atMs` is stored with the
 * change, so every copy has the same time.
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
    /** Reservation id. */
    id: z.uuid(),
    /** `cancelled`: a confirmed reservation, or single seats of it, was refunded. */
    state: z.enum(['confirmed', 'cancelled']),
    seats: z.int().min(1).max(seatsPerOrderMax),
  }),
  z.strictObject({
    type: z.literal('payment'),
    ...common,
    /** Order id. */
    id: z.string().regex(/^[A-Za-z0-9_-]{6,64}$/),
    state: z.enum(['settled', 'refunded']),
  }),
]);
export type ReservationEvent = z.infer<typeof reservationEventSchema>;
export const reservationEventId = ({ id, state, part }: ReservationEvent) =>
  part === undefined ? `${id}:${state}` : `${id}:${state}:${part}`;
