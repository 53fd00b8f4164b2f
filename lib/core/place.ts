import { z } from 'zod';
import { eventIdSchema, shardsMax } from '#contract/event.ts';
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
  /** DynamoDB's time to live: seconds since 1970. Deletion may come days later, so readers compare it themselves. */
  expiresAt: z.int().min(0),
});
export type Place = z.infer<typeof placeSchema>;

/** Past its lifetime, though the table may still hold it. */
export const isForgotten = (place: Place, nowMs: number): boolean => place.expiresAt * 1000 <= nowMs;
