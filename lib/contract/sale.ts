import { z } from 'zod';
import { eventIdSchema } from './event.ts';
import { refundPolicyLengthMax } from './refund-policy.ts';

/**
 * Seats, reservations and payments. Amounts are integers in KRW. Times ending in Ms are Unix milliseconds.
 */

/** `section-row-number` for a numbered seat, `section-number` for a place in a standing area. */
const seatIdPattern = /^[A-Z0-9]{1,8}(?:-[A-Z0-9]{1,4})?-[1-9][0-9]{0,4}$/;
export const seatIdSchema = z
  .string()
  .regex(seatIdPattern, 'a seat id is SECTION-ROW-NUMBER or SECTION-NUMBER');
export const seatsPerOrderMax = 20;
/** Most seats per event: a status document of 2 bits per seat is then 25 KB before compression. */
export const seatsPerEventMax = 100_000;

const grade = z.string().min(1).max(40);
/** A section. Its seats are ordered by row, then by number; a seat's index is its place in that order. */
const sectionSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('seated'),
    id: z.string().regex(/^[A-Z0-9]{1,8}$/),
    name: z.strictObject({ ko: z.string().min(1).max(80), en: z.string().min(1).max(80) }),
    grade,
    priceKrw: z.int().min(0).max(100_000_000),
    /** Label of a row and its number of seats, which are numbered from 1. */
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
    /** Places of the area. Each place is an item of its own, so no counter becomes hot. */
    capacity: z.int().min(1).max(50_000),
  }),
]);
export type Section = z.infer<typeof sectionSchema>;

/** The seat layout of an event, cached for long. Each change has a new `revision`. */
export const seatLayoutSchema = z.strictObject({
  eventId: eventIdSchema,
  revision: z.int().min(1),
  sections: z.array(sectionSchema).min(1).max(200),
});
export type SeatLayout = z.infer<typeof seatLayoutSchema>;

/**
 * claiming   written before the first seat is claimed; cannot be paid
 * pending    every seat is claimed; may be paid until its end
 * confirmed  paid; its seats are sold
 * expired, cancelled   final; its seats are free
 */
export const reservationStateSchema = z.enum(['claiming', 'pending', 'confirmed', 'expired', 'cancelled']);
export type ReservationState = z.infer<typeof reservationStateSchema>;

/** The event's terms of refunds, as in its attributes of the same names; see contract/refund-policy.ts. */
const agreedTermsSchema = z.object({
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
  /** Terms of the purchase, unchanged by later edits of the event. Absent in reservations of earlier releases. */
  terms: agreedTermsSchema.optional(),
  /** Seats refunded singly after the payment; the others stay sold. */
  givenBackSeatIds: z.array(seatIdSchema).max(seatsPerOrderMax).optional(),
  /** Fence of the hold. The holder presents it; it is never read from the record (E6). */
  fence: z.int().min(1),
  state: reservationStateSchema,
  createdAtMs: z.int(),
  /** End of reservation and hold (C6.6). */
  expiresAtMs: z.int(),
  /** Latest end after extensions. */
  expiresAtMaxMs: z.int(),
  /** SHA-256 of the request body of the Idempotency-Key: another body with the same key gets 422. */
  requestHash: z.string().length(43),
  /** The order that paid it; set when it becomes confirmed, and kept when it is cancelled afterwards. */
  orderId: z.string().max(64).optional(),
  /** Raised by every change. */
  version: z.int().min(1),
});
export type Reservation = z.infer<typeof reservationSchema>;

/**
 * prepared   the order exists; the provider was not called
 * approving  written before the provider is called; the reconciler calls it again after a crash
 * approved   the provider took the money; the reservation is not confirmed yet
 * settled    paid, and the reservation is confirmed
 * declined   the provider refused the payment or does not know it
 * refunding  a refund is due: written with its amount and seats before the provider is called. A refund of single seats
 *            returns to settled
 * refunded   the provider returned the money
 * refund-refused   the provider refuses the refund permanently: an operator decides (docs/runbook/seat-lock.md)
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

/** A refund, under way or done. */
const refundSchema = z.object({
  /** Number of the refund within its order, from 1; identifies it at the provider. */
  refundId: z.int().min(1),
  /** Seats released with it. Empty: the order was paid, and its reservation was not confirmed. */
  seatIds: z.array(seatIdSchema).max(seatsPerOrderMax),
  amountKrw: z.int().min(0),
  state: z.enum(['open', 'done']),
  atMs: z.int(),
});
export type Refund = z.infer<typeof refundSchema>;

/** An operator's action on a payment: name, time and reason. */
const manualStepSchema = z.object({
  what: z.enum(['retry', 'settle-by-hand']),
  by: z.string().min(1).max(200),
  why: z.string().min(1).max(500),
  atMs: z.int(),
});
export type ManualStep = z.infer<typeof manualStepSchema>;

export const paymentSchema = z.strictObject({
  /** 6 to 64 characters of A-Z a-z 0-9 - _, as the provider requires; part of the idempotency keys. */
  orderId: z.string().regex(/^[A-Za-z0-9_-]{6,64}$/),
  reservationId: z.uuid(),
  eventId: eventIdSchema,
  userId: z.string().min(1).max(255),
  amountKrw: z.int().min(0),
  fence: z.int().min(1),
  state: paymentStateSchema,
  /** The provider's key of this payment; known from `confirm` on. */
  paymentKey: z.string().min(1).max(200).optional(),
  createdAtMs: z.int(),
  updatedAtMs: z.int(),
  version: z.int().min(1),
  /** Oldest first; at most one is open, and then it is the last. */
  refunds: z
    .array(refundSchema)
    .max(seatsPerOrderMax + 1)
    .optional(),
  /** Next attempt of the reconciler; absent for finished payments and in items of earlier releases. */
  nextAttemptAtMs: z.int().optional(),
  /** Turns of the reconciler in this state. */
  attempts: z.int().min(0).optional(),
  /** Part of the idempotency keys, raised by each refusal. */
  askNumber: z.int().min(0).optional(),
  /** Permanent refusals in this state, and the code of the last one. */
  refusals: z.int().min(0).optional(),
  lastRefusal: z.string().max(100).optional(),
  byHand: z.array(manualStepSchema).max(100).optional(),
});
export type Payment = z.infer<typeof paymentSchema>;

/** Lifetime of a hold and of a pending reservation (C4). */
export const holdSeconds = 300;
/** Longest lifetime with extensions. */
export const holdSecondsMax = 600;
