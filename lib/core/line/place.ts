import { z } from 'zod';
import { eventIdSchema, shardsMax, type UrrEvent } from '#contract/event.ts';
import { placeKeptSeconds } from '#contract/tables.ts';
import { subjectSchema } from '#contract/tokens.ts';

/** One identity's place in the line of one event and generation (A9), as it is stored. */
export const placeSchema = z.strictObject({
  eventId: eventIdSchema,
  generation: z.int().min(1),
  subject: subjectSchema,
  /** Names this place in URLs and tokens; says nothing and opens nothing by itself (E13). */
  requestId: z.uuid(),
  shard: z
    .int()
    .min(0)
    .max(shardsMax - 1),
  seq: z.int().min(1),
  joinedAtMs: z.int().min(0),
  /** When the pass was first given; absent: not yet. A claimed place never expires by the claim window. */
  claimedAtMs: z.int().min(0).optional(),
  /** The account that this visitor's place belongs to since they signed in: it stands there too (core/line/bind-place.ts). */
  account: z.optional(subjectSchema),
  /** The number above is someone else's too: it is called without a share of the rate, and the door counts (door.ts). */
  sharesNumber: z.literal(true).optional(),
  /** Order at the door; absent: not called yet, or not come. A place with a door number never expires by the window. */
  doorNumber: z.int().min(1).optional(),
  /** When a request began to take the door number. */
  doorStartedAtMs: z.int().min(0).optional(),
  /** DynamoDB's time to live: seconds since 1970. Deletion may come days later, so readers compare it themselves. */
  expiresAt: z.int().min(0),
});
export type Place = z.infer<typeof placeSchema>;

/**
 * When a place that is visited now may be deleted, in seconds since 1970. A line is over after its opening and its show, so
 * a place lives as long as its line. A date that is put off counts from the next visit on.
 */
export function placeEnd(
  { opensAt, startsAt }: Pick<UrrEvent, 'opensAt' | 'startsAt'>,
  nowMs: number,
): number {
  const datesMs = [opensAt, startsAt].flatMap((date) => (date === undefined ? [] : [Date.parse(date)]));
  return Math.ceil(Math.max(nowMs, ...datesMs) / 1000) + placeKeptSeconds;
}

/** A later end is stored at most this often: a visit is to cost no write. */
const renewalSeconds = 24 * 60 * 60;
export const needsRenewal = (place: Place, endsAt: number): boolean =>
  endsAt - place.expiresAt > renewalSeconds;

/** Past its lifetime, though the table may still hold it. */
export const isForgotten = (place: Place, nowMs: number): boolean => place.expiresAt * 1000 <= nowMs;
