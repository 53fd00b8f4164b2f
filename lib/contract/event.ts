import { z } from 'zod';
import { eventIdPattern, type LineMode, lineModes, shardsMax } from './event-names.ts';
import { parseRefundPolicy, refundPolicyLengthMax } from './refund-policy.ts';

export { eventIdPattern, type LineMode, shardsMax };

export const eventIdSchema = z
  .string()
  .regex(eventIdPattern, 'an event id is 1 to 64 of a-z, 0-9 and inner hyphens');

/** Largest cap of seats: an account's seats are one item, whose size stays within a few KB. */
const seatsPerAccountMax = 200;

const refundPolicySchema = z
  .string()
  .max(refundPolicyLengthMax)
  .refine(
    (text) => parseRefundPolicy(text) !== undefined,
    "a refund policy is DAYS:PERCENT steps like '10:0, 7:10, 3:20, 1:30', the days falling and the fees rising, or 'none'",
  );

/** Which of the two lines an event uses: see `lineModes`. */
export const lineModeSchema = z.enum(lineModes);

/**
 * An event as written: one item of the events table, key `eventId`. Every attribute is flat, so that it can be changed in
 * the DynamoDB console. Times are ISO 8601 with offset; counts and rates are integers. Defaults are written into the item
 * when the event is created; readers use `storedEventSchema`.
 */
export const eventSchema = z.strictObject({
  eventId: eventIdSchema,
  /** Present until the event is closed: key of the sparse index of live events, so that no reader scans the table (C6.9). */
  onSale: z.literal('live').optional(),
  /** Not published: neither shown nor sold, whatever the other attributes say. Absent in items of older releases. */
  isDraft: z.boolean().default(false),
  /** The waiting room is on. Off: all visitors pass (C1). */
  isActive: z.boolean(),
  /** People may join; nobody is called or admitted. */
  isPaused: z.boolean().default(false),
  /** Nobody is called, and the pages show that the event is sold out. */
  isSoldOut: z.boolean().default(false),
  mode: lineModeSchema.default('both'),
  /** Number of the current line; a reset raises it, and every older ticket, pass and entry token is refused. */
  generation: z.int().min(1).default(1),
  /** Counter items of the current line. 1 is strict order; fixed within a generation. */
  shards: z.int().min(1).max(shardsMax).default(1),
  /** Most visitors called per minute. The default is C1's 500 per cycle of 10 s. */
  ratePerMinute: z.int().min(0).max(10_000_000).default(3000),
  /** Time to come after a call. A visitor who does not is called once more for the same time; then the place is lost. */
  claimWindowSeconds: z.int().min(30).max(3600).default(300),
  /** Most concurrent shoppers inside (tier 2). Never a number of seats (A7). */
  threshold: z.int().min(0).max(10_000_000).default(1000),
  /** One account, one place: joining needs a signed-in user. */
  requiresSignIn: z.boolean().default(false),
  /** Nobody is called before this. */
  opensAt: z.iso.datetime({ offset: true }).optional(),
  messageKo: z.string().max(500).optional(),
  messageEn: z.string().max(500).optional(),
  titleKo: z.string().min(1).max(200),
  titleEn: z.string().min(1).max(200),
  venueKo: z.string().max(200).optional(),
  venueEn: z.string().max(200).optional(),
  /** Beginning of the show. */
  startsAt: z.iso.datetime({ offset: true }).optional(),
  prices: z
    .array(z.strictObject({ grade: z.string().min(1).max(40), amountKrw: z.int().min(0).max(100_000_000) }))
    .max(50)
    .default([]),
  seatsPerOrder: z.int().min(1).max(20).default(4),
  /** Most seats that one account holds and owns at a time. Absent: as many as one order takes. */
  seatsPerAccount: z.int().min(1).max(seatsPerAccountMax).optional(),
  /** No purchase begins from this time on. Absent: `startsAt`; without that too, the sale has no end. */
  salesEndAt: z.iso.datetime({ offset: true }).optional(),
  /** See contract/refund-policy.ts. Absent: no fee until the show begins. */
  refundPolicy: refundPolicySchema.optional(),
  /** No refunds from this time on, whatever the policy says. */
  refundUntil: z.iso.datetime({ offset: true }).optional(),
  /** Time, operator and reason of the last reset. */
  resetAt: z.iso.datetime({ offset: true }).optional(),
  resetBy: z.string().min(1).max(200).optional(),
  resetReason: z.string().min(1).max(500).optional(),
  createdAt: z.iso.datetime({ offset: true }),
  updatedAt: z.iso.datetime({ offset: true }),
  /** Number of changes by URR's writers, raised in the same write. A change in the console does not raise it. */
  revision: z.int().min(0).default(0),
});

export type UrrEvent = z.infer<typeof eventSchema>;

const { shape } = eventSchema;

/**
 * An event item as read. Attributes that control a sale are required: an item without its rate is unusable and does not run
 * at the default rate. Attributes added by later releases have a meaning when they are absent, and unknown attributes are
 * ignored.
 */
export const storedEventSchema = z.object({
  ...shape,
  // Any other text removes the item from the index of live events too, so every reader treats it as closed.
  onSale: shape.onSale.catch(undefined),
  isPaused: shape.isPaused.unwrap(),
  isSoldOut: shape.isSoldOut.unwrap(),
  mode: shape.mode.unwrap(),
  generation: shape.generation.unwrap(),
  shards: shape.shards.unwrap(),
  ratePerMinute: shape.ratePerMinute.unwrap(),
  claimWindowSeconds: shape.claimWindowSeconds.unwrap(),
  threshold: shape.threshold.unwrap(),
  requiresSignIn: shape.requiresSignIn.unwrap(),
  seatsPerOrder: shape.seatsPerOrder.unwrap(),
  prices: z.array(z.object(shape.prices.unwrap().element.shape)).max(50).default([]),
});

/** State of an event on pages and in the status document. Derived from the item and the clock, never stored. */
export const eventStateSchema = z.enum([
  'draft',
  'inactive',
  'upcoming',
  'open',
  'paused',
  'sold-out',
  'closed',
]);
export type EventState = z.infer<typeof eventStateSchema>;
