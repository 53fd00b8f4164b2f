import { z } from 'zod';
import { eventIdSchema } from './event.ts';
import { refundPolicyLengthMax } from './refund-policy.ts';

/**
 * Seats, reservations and payments: shapes both sides share. Amounts are integers in KRW. Times ending in Ms are Unix
 * milliseconds.
 */

/** `section-row-number` for a numbered seat, `section-number` for one place of a standing area. */
export const seatIdPattern = /^[A-Z0-9]{1,8}(?:-[A-Z0-9]{1,4})?-[1-9][0-9]{0,4}$/;
export const seatIdSchema = z
  .string()
  .regex(seatIdPattern, 'a seat id is SECTION-ROW-NUMBER or SECTION-NUMBER');
export const seatsPerOrderMax = 20;
/** Most seats of one event; a status document of 2 bits a seat is then 25 KB before compression. */
export const seatsPerEventMax = 100_000;

const grade = z.string().min(1).max(40);
/** Seats of a section run row by row, number by number: a seat's index in its section is its place in that order. */
export const sectionSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('seated'),
    id: z.string().regex(/^[A-Z0-9]{1,8}$/),
    name: z.strictObject({ ko: z.string().min(1).max(80), en: z.string().min(1).max(80) }),
    grade,
    priceKrw: z.int().min(0).max(100_000_000),
    /** Row label and number of seats in it; seats are numbered from 1. */
    rows: z
      .array(z.strictObject({ label: z.string().regex(/^[A-Z0-9]{1,4}$/), seats: z.int().min(1).max(500) }))
      .min(1)
      .max(500),
  }),
  z.strictObject({
    kind: z.literal('standing'),
    id: z.string().regex(/^[A-Z0-9]{1,8}$/),
    name: z.strictObject({ ko: z.string().min(1).max(80), en: z.string().min(1).max(80) }),
    grade,
    priceKrw: z.int().min(0).max(100_000_000),
    /** People the area takes. Each is a place of its own, so no counter is contended. */
    capacity: z.int().min(1).max(50_000),
  }),
]);
export type Section = z.infer<typeof sectionSchema>;

/** The static seat layout of an event: cached for long, changes only by a new `revision`. */
export const seatLayoutSchema = z.strictObject({
  eventId: eventIdSchema,
  revision: z.int().min(1),
  sections: z.array(sectionSchema).min(1).max(200),
});
export type SeatLayout = z.infer<typeof seatLayoutSchema>;

/**
 * claiming   written before the first seat is claimed; can never be paid
 * pending    every seat is claimed; may be paid until it ends
 * confirmed  paid: its seats are sold
 * expired, cancelled   dead, for ever: its seats are free
 */
export const reservationStateSchema = z.enum(['claiming', 'pending', 'confirmed', 'expired', 'cancelled']);
export type ReservationState = z.infer<typeof reservationStateSchema>;

/** What an event says of giving back, as its attributes of the same names; see contract/refund-policy.ts. */
export const agreedTermsSchema = z.object({
  refundPolicy: z.string().max(refundPolicyLengthMax).optional(),
  refundUntil: z.iso.datetime({ offset: true }).optional(),
  startsAt: z.iso.datetime({ offset: true }).optional(),
});
export type AgreedTerms = z.infer<typeof agreedTermsSchema>;

/** The reservation item: the commit record. Every change of `state` is one conditional write on `state`. */
export const reservationSchema = z.strictObject({
  reservationId: z.uuid(),
  eventId: eventIdSchema,
  /** OpenID Connect subject of the buyer. */
  userId: z.string().min(1).max(255),
  seatIds: z.array(seatIdSchema).min(1).max(seatsPerOrderMax),
  amountKrw: z.int().min(0),
  /** Price of each seat, in the order of `seatIds`; absent in reservations of earlier releases. */
  seatAmountsKrw: z.array(z.int().min(0)).max(seatsPerOrderMax).optional(),
  /** On what terms it was bought: later edits of the event do not change them. Absent in reservations of earlier releases. */
  terms: agreedTermsSchema.optional(),
  /** Seats given back singly, after payment; the others stay sold. */
  givenBackSeatIds: z.array(seatIdSchema).max(seatsPerOrderMax).optional(),
  /** Fencing token of the hold; the holder presents it, it is never read back (E6). */
  fence: z.int().min(1),
  state: reservationStateSchema,
  createdAtMs: z.int(),
  /** The one clock of hold and reservation (C6.6). */
  expiresAtMs: z.int(),
  /** The reservation may be extended up to this. */
  expiresAtMaxMs: z.int(),
  /** SHA-256 of the request body behind the Idempotency-Key: another body with the same key is 422. */
  requestHash: z.string().length(43),
  /** Order that paid it; present exactly when confirmed, and kept when cancelled after. */
  orderId: z.string().max(64).optional(),
  /** Raised by every change; names the event that tells of it. */
  version: z.int().min(1),
});
export type Reservation = z.infer<typeof reservationSchema>;

/**
 * prepared   order made, nothing asked of the provider
 * approving  written before the provider is asked: the reconciler asks again after a crash
 * approved   the provider took the money; the reservation is not confirmed yet
 * settled    money and confirmed reservation agree
 * declined   the provider refused, or never knew of it
 * refunding  money must go back: written, with its amount and seats, before the provider is asked. A refund of single
 *            seats ends as settled again
 * refunded   the provider gave it back
 * refund-refused   the provider refuses the refund for good: an operator decides (docs/runbook/seat-lock.md)
 */
export const paymentStateSchema = z.enum([
  'prepared',
  'approving',
  'approved',
  'settled',
  'declined',
  'refunding',
  'refunded',
  'refund-refused',
]);
export type PaymentState = z.infer<typeof paymentStateSchema>;

/** Money on its way back to the buyer, or given back. */
export const refundSchema = z.object({
  /** 1 for the first one of an order: names it at the provider. */
  refundId: z.int().min(1),
  /** Seats that are given back with it. Empty: the money of a reservation that this order did not get. */
  seatIds: z.array(seatIdSchema).max(seatsPerOrderMax),
  amountKrw: z.int().min(0),
  state: z.enum(['open', 'done']),
  atMs: z.int(),
});
export type Refund = z.infer<typeof refundSchema>;

/** What an operator did to a payment: who, when, why. */
export const byHandSchema = z.object({
  what: z.enum(['retry', 'settle-by-hand']),
  by: z.string().min(1).max(200),
  why: z.string().min(1).max(500),
  atMs: z.int(),
});
export type ByHand = z.infer<typeof byHandSchema>;

export const paymentSchema = z.strictObject({
  /** 6 to 64 of A-Z a-z 0-9 - _, as the provider demands; also its idempotency key. */
  orderId: z.string().regex(/^[A-Za-z0-9_-]{6,64}$/),
  reservationId: z.uuid(),
  eventId: eventIdSchema,
  userId: z.string().min(1).max(255),
  amountKrw: z.int().min(0),
  fence: z.int().min(1),
  state: paymentStateSchema,
  /** The provider's name for this payment; known from confirm on. */
  paymentKey: z.string().min(1).max(200).optional(),
  createdAtMs: z.int(),
  updatedAtMs: z.int(),
  version: z.int().min(1),
  /** Oldest first; at most one is open, and then it is the last. */
  refunds: z
    .array(refundSchema)
    .max(seatsPerOrderMax + 1)
    .optional(),
  /** Somebody looks at it then, in every state that is not at rest. Absent in items of earlier releases. */
  nextAttemptAtMs: z.int().optional(),
  /** Turns of the reconciler in this state. */
  attempts: z.int().min(0).optional(),
  /** Part of the provider's idempotency key: raised by each answer that refuses for good. */
  askNumber: z.int().min(0).optional(),
  /** Answers in this state that refused for good, and the code of the last one. */
  refusals: z.int().min(0).optional(),
  lastRefusal: z.string().max(100).optional(),
  byHand: z.array(byHandSchema).max(100).optional(),
});
export type Payment = z.infer<typeof paymentSchema>;

/** A hold lasts as long as a pending reservation: C4's 300 s. */
export const holdSeconds = 300;
/** With extensions at most this. */
export const holdSecondsMax = 600;
