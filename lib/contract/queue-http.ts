import { z } from 'zod';
import { eventStateSchema } from './event.ts';
import { type pollBandSchema, waitEstimateSchema } from './line-http.ts';

/**
 * Shapes of tier 2's HTTP answers.
 *
 * POST /api/v1/queue/check/{eventId}      join, or answer where one stands; gives the entry token
 * GET  /api/v1/queue/status/{eventId}     the same answer without joining; gives the entry token
 * POST /api/v1/queue/heartbeat/{eventId}  the same as status: any question is the sign of life
 * POST /api/v1/queue/away/{eventId}       the page inside was closed: the place ends in a minute, unless it opens again or
 *                                         seats are held; the next question restores it
 * POST /api/v1/queue/leave/{eventId}      leave the line, or end the visit
 * GET|PUT /api/v1/queue/threshold/{eventId}  administrators (contract/accounts.ts, adminGroup): most shoppers inside
 *
 * 401 NOT_SIGNED_IN; 403 PASS_REQUIRED (none, expired, of an older line), WRONG_ACCOUNT (the pass or entry token is
 * someone else's), FORBIDDEN; 404 EVENT_NOT_FOUND, WAITING_ROOM_INACTIVE (no queue now: go on to /seats/{eventId}); 429 and
 * 503 with Retry-After. A pass that nears its end is renewed with the answer, so that a long wait here outlives it.
 *
 * Who asks is the signed-in user of the access token; where they stand comes from the verified pass or entry token.
 * Nothing in the body, the query or any other header names a person or a place (C6.15, E1).
 */
export const queueApiPrefix = '/api/v1/queue';

/** Poll bands of tier 2 (C3): within `aheadMax` people of the front ask every `seconds`. lua/queue/enter.lua has them too. */
export const queuePollBands = [
  { aheadMax: 1000, seconds: 1 },
  { aheadMax: 5000, seconds: 5 },
  { aheadMax: 10_000, seconds: 10 },
  { aheadMax: 100_000, seconds: 30 },
  { aheadMax: null, seconds: 60 },
] as const satisfies readonly z.infer<typeof pollBandSchema>[];

/** A shopper's page gives a sign of life this often. */
export const heartbeatSeconds = 30;

const count = z.int().min(0);
const totals = {
  /** Shoppers inside, the called who have not come yet included (E4). */
  currentUsers: count,
  /** Most shoppers inside. */
  threshold: count,
  /** Called are people only while it is `open`. */
  eventState: eventStateSchema,
  /** Seconds until the next question. */
  nextPoll: z.int().min(1),
};

export const queueAnswerSchema = z.discriminatedUnion('state', [
  z.strictObject({
    state: z.literal('waiting'),
    /** 1 is the front. */
    position: z.int().min(1),
    peopleAhead: count,
    peopleBehind: count,
    /** From how the front moved in the last minute; null: not known yet. */
    estimatedWait: waitEstimateSchema,
    ...totals,
  }),
  z.strictObject({
    state: z.literal('admitted'),
    /** The same on every repeat (A10). */
    admissionId: z.string(),
    /** Only for clients without cookies: where it is a cookie, no script of the page can read it. */
    entryToken: z.string().optional(),
    entryExpiresAt: z.iso.datetime(),
    redirectTo: z.string(),
    ...totals,
  }),
  /** Only status and heartbeat: not in line (never joined, left, forgotten, or the visit is over). Call check to join. */
  z.strictObject({ state: z.literal('absent'), ...totals }),
]);
export type QueueAnswer = z.infer<typeof queueAnswerSchema>;

/** What away did: nothing to shorten, the place inside ends in a minute, or seats are held and nothing is changed. */
export const awayAnswerSchema = z.strictObject({ away: z.enum(['not-inside', 'shortened', 'holds-seats']) });
export type AwayAnswer = z.infer<typeof awayAnswerSchema>;

/** What leave did: nothing to do, left the line, or ended the visit. Repeats answer `nowhere`. */
export const leaveAnswerSchema = z.strictObject({ left: z.enum(['nowhere', 'line', 'inside']) });
export type LeaveAnswer = z.infer<typeof leaveAnswerSchema>;

export const thresholdBodySchema = z.strictObject({ threshold: z.int().min(0).max(10_000_000) });
export const thresholdAnswerSchema = z.strictObject({
  threshold: count,
  currentUsers: count,
  waiting: count,
});
export type ThresholdAnswer = z.infer<typeof thresholdAnswerSchema>;
