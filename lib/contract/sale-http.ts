import { z } from 'zod';
import { eventIdSchema } from './event.ts';
import { paymentStateSchema, reservationStateSchema, seatIdSchema, seatsPerOrderMax } from './sale.ts';

/**
 * Shapes of the sale's HTTP responses. The user comes from the access token, the event from the entry token or the
 * reservation; `x-urr-event` chooses among several tokens (contract/token-names.ts).
 *
 * GET  /api/v1/seats/events/{eventId}            status of every seat; with ?layout={revision}: the layout
 * POST /api/v1/seats/reserve                     Idempotency-Key; seats by name, or the best ones together
 * POST /api/v1/seats/extend                      a later end
 * POST /api/v1/seats/release                     releases the seats; the visit continues
 * GET  /api/v1/reservations/mine                 newest first
 * GET  /api/v1/reservations/{id}
 * POST /api/v1/reservations/{id}/cancel          ends a pending one and the visit; refunds a paid one
 * POST /api/v1/payments/prepare                  an order, and the address of the provider's page
 * POST /api/v1/payments/confirm                  after the provider's page; 202: undecided, poll the reservation
 * POST /api/v1/payments/{orderId}/refund
 * POST /api/v1/payments/webhook                  from the provider, signed
 *
 * 400 BAD_REQUEST, AMOUNT_DIFFERS; 401 NOT_SIGNED_IN; 402 PAYMENT_DECLINED; 403 ENTRY_TOKEN_REQUIRED, PASS_REQUIRED,
 * WRONG_ACCOUNT; 404 NOT_FOUND, EVENT_NOT_FOUND; 409 SEATS_TAKEN (details.seatIds), RESERVATION_OVER (details.state, and
 * details.payment if money is refunded), SEATS_PER_ACCOUNT (details.seatsPerAccount, details.left), SALE_ENDED
 * (details.salesEndAt), NOT_REFUNDABLE, REFUND_CHANGED (details.refundKrw), FENCE_REFUSED, CONFLICT; 422 KEY_REUSED; 429
 * and 503 with Retry-After.
 */
export const seatsApiPrefix = '/api/v1/seats';
export const reservationsApiPrefix = '/api/v1/reservations';
export const paymentsApiPrefix = '/api/v1/payments';

/** The buyer's page makes one key per attempt. The same key returns the same reservation. */
export const idempotencyKeyHeader = 'idempotency-key';
export const idempotencyKeySchema = z
  .string()
  .regex(/^[\x21-\x7e]{1,128}$/, 'an Idempotency-Key is 1 to 128 visible ASCII characters');

/** The layout of a revision never changes, so browsers cache it without an end. */
export const layoutQuery = 'layout';
export const layoutUrl = (eventId: string, revision: number) =>
  `${seatsApiPrefix}/events/${eventId}?${layoutQuery}=${revision}`;

/** Digits of the seat statuses. */
export const seatDigits = { available: '0', locked: '1', reserved: '2' } as const;

/**
 * Statuses of all seats. The ETag changes only with the statuses: a request with If-None-Match gets 304 while nothing has
 * changed. Several workers respond, each up to a second old; a client keeps the newest by `asOfMs`.
 */
export const seatStatusesSchema = z.strictObject({
  eventId: eventIdSchema,
  layoutRevision: z.int().min(1),
  layoutUrl: z.string(),
  /** The server's time of this view. */
  asOfMs: z.int().min(0),
  /** Grows with every change until Redis loses its data. */
  version: z.int().min(0),
  /** Seconds until the next poll. */
  nextPoll: z.int().min(1),
  /**
   * By section id: one of `seatDigits` per seat, in the section's order (contract/sale.ts). Compressed it is as small as
   * base64 of two bits per seat (npm run bench -- F4), and a page reads it without decoding.
   */
  sections: z.record(z.string(), z.string().regex(/^[012]*$/)),
});
export type SeatStatuses = z.infer<typeof seatStatusesSchema>;

const fence = z.int().min(1);
const count = z.int().min(1).max(seatsPerOrderMax);
const seats = z.strictObject({ seatIds: z.array(seatIdSchema).min(1).max(seatsPerOrderMax) });
const bestAvailable = z.strictObject({
  /** Seats side by side in one row; in a standing area any places. */
  bestAvailable: z.strictObject({
    count,
    section: z
      .string()
      .regex(/^[A-Z0-9]{1,8}$/)
      .optional(),
    grade: z.string().min(1).max(40).optional(),
  }),
});
export const reserveBodySchema = z.union([seats, bestAvailable]);
export type ReserveBody = z.infer<typeof reserveBodySchema>;

/** The holder presents the fence that reserve returned; it is never read from the record (E6). */
export const holdBodySchema = z.strictObject({ reservationId: z.uuid(), fence });

const reservation = {
  reservationId: z.uuid(),
  eventId: eventIdSchema,
  seatIds: z.array(seatIdSchema),
  amountKrw: z.int().min(0),
  state: reservationStateSchema,
  createdAtMs: z.int(),
  expiresAtMs: z.int(),
  expiresAtMaxMs: z.int(),
  /** Present from the payment on. */
  orderId: z.string().optional(),
  /** Seats refunded singly; the buyer still owns the others. */
  givenBackSeatIds: z.array(seatIdSchema).optional(),
};
/** The refund of each remaining seat as of now. The fee of each seat is rounded down separately, so sums are exact. */
const refundNowSchema = z.strictObject({
  isRefundable: z.boolean(),
  feePercent: z.int().min(0).max(100),
  /** End of these figures, exclusive; absent: without an end, or not refundable. */
  untilMs: z.int().optional(),
  seats: z.array(
    z.strictObject({ seatId: seatIdSchema, paidKrw: z.int().min(0), refundKrw: z.int().min(0) }),
  ),
});
export const reservationAnswerSchema = z.strictObject({
  ...reservation,
  serverTimeMs: z.int(),
  /** Present if it is confirmed. */
  refund: refundNowSchema.optional(),
});
export type ReservationAnswer = z.infer<typeof reservationAnswerSchema>;
export const holdAnswerSchema = z.strictObject({ ...reservation, serverTimeMs: z.int(), fence });
export type HoldAnswer = z.infer<typeof holdAnswerSchema>;
export const mineMax = 100;
export const mineAnswerSchema = z.strictObject({
  reservations: z.array(z.strictObject(reservation)).max(mineMax),
  serverTimeMs: z.int(),
});
export type MineAnswer = z.infer<typeof mineAnswerSchema>;

export const prepareAnswerSchema = z.strictObject({
  orderId: z.string(),
  reservationId: z.uuid(),
  amountKrw: z.int().min(0),
  expiresAtMs: z.int(),
  serverTimeMs: z.int(),
  /** Null: nothing to pay; confirm at once with paymentKey `free`. */
  checkout: z
    .strictObject({
      /** Address of the sandbox's page; null: open the provider's window with the parameters below. */
      url: z.string().nullable(),
      clientKey: z.string(),
      orderName: z.string(),
      /** The provider adds paymentKey, orderId and amount. It contains reservation and fence, for a return in another tab. */
      successUrl: z.string(),
      failUrl: z.string(),
    })
    .nullable(),
});
export type PrepareAnswer = z.infer<typeof prepareAnswerSchema>;
/** Payment key of an order of 0 won. */
export const freePaymentKey = 'free';

/** Body of cancel: single seats of a paid order; by default all remaining ones. */
export const cancelBodySchema = z.strictObject({
  seatIds: z.array(seatIdSchema).min(1).max(seatsPerOrderMax).optional(),
  /** The refund that the buyer accepted: REFUND_CHANGED if it is lower now. */
  refundKrw: z.int().min(0).optional(),
});

export const confirmBodySchema = z.strictObject({
  orderId: z.string().regex(/^[A-Za-z0-9_-]{6,64}$/),
  paymentKey: z.string().min(1).max(200),
  amountKrw: z.int().min(0),
  fence,
});

export const paymentAnswerSchema = z.strictObject({
  orderId: z.string(),
  reservationId: z.uuid(),
  amountKrw: z.int().min(0),
  state: paymentStateSchema,
  /** Won refunded so far, if any. */
  refundedKrw: z.int().min(0).optional(),
});
export type PaymentAnswer = z.infer<typeof paymentAnswerSchema>;
