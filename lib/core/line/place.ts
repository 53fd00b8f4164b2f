import { z } from 'zod';
import { eventIdSchema, shardsMax, type UrrEvent } from '#contract/event.ts';
import { placeKeptSeconds } from '#contract/tables.ts';
import { subjectSchema } from '#contract/tokens.ts';

/** One identity's place in the line of one event and generation (A9), as stored. */
export const placeSchema = z.strictObject({
  eventId: eventIdSchema,
  generation: z.int().min(1),
  subject: subjectSchema,
  /** Names this place in URLs and tokens. Random, and without a ticket it grants nothing (E13). */
  requestId: z.uuid(),
  shard: z
    .int()
    .min(0)
    .max(shardsMax - 1),
  seq: z.int().min(1),
  joinedAtMs: z.int().min(0),
  /** Time of the first pass; absent: none yet. A claimed place never expires by the claim window. */
  claimedAtMs: z.int().min(0).optional(),
  /** The account that owns this visitor's place since the sign-in; the place is stored under it too (bind-place.ts). */
  account: z.optional(subjectSchema),
  /** Another place has the number too. Calling this one costs nothing of the rate; the door number does (door.ts). */
  sharesNumber: z.literal(true).optional(),
  /** Order at the door; absent: no check since the call, or not called. A place with one never expires by the window. */
  doorNumber: z.int().min(1).optional(),
  /** Time at which a request began to take the door number. */
  doorStartedAtMs: z.int().min(0).optional(),
  /** DynamoDB's time to live, in seconds since 1970. DynamoDB may delete days later, so readers check it too. */
  expiresAt: z.int().min(0),
});
export type Place = z.infer<typeof placeSchema>;

/**
 * End of the lifetime of a place that is visited now, in seconds since 1970. It follows the opening and the show, so a
 * place lasts as long as its line. A postponed date takes effect at the next visit.
 */
export function placeEnd(
  { opensAt, startsAt }: Pick<UrrEvent, 'opensAt' | 'startsAt'>,
  nowMs: number,
): number {
  const datesMs = [opensAt, startsAt].flatMap((date) => (date === undefined ? [] : [Date.parse(date)]));
  return Math.ceil(Math.max(nowMs, ...datesMs) / 1000) + placeKeptSeconds;
}

/** Least time between two writes of a later end: most visits cost no write. */
const renewalSeconds = 24 * 60 * 60;
export const needsRenewal = (place: Place, endsAt: number): boolean =>
  endsAt - place.expiresAt > renewalSeconds;

/** The place is past its lifetime, though the table may still hold it. */
export const isForgotten = (place: Place, nowMs: number): boolean => place.expiresAt * 1000 <= nowMs;
