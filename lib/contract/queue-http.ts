import { z } from 'zod';
import { eventStateSchema } from './event.ts';
import { type pollBandSchema, waitEstimateSchema } from './line-http.ts';

/**
 * Shapes of tier 2's HTTP responses.
 *
 * POST /api/v1/queue/check/{eventId}      join, or return the standing; returns the entry token of an admitted shopper
 * GET  /api/v1/queue/status/{eventId}     the same response without joining
 * POST /api/v1/queue/heartbeat/{eventId}  the same as status: every poll counts as a heartbeat
 * POST /api/v1/queue/away/{eventId}       the shopper's page was closed: the visit ends in a minute, unless the page opens
 *                                         again or seats are held; the next poll restores it
 * POST /api/v1/queue/leave/{eventId}      leave the line, or end the visit
 * GET|PUT /api/v1/queue/threshold/{eventId}  administrators (contract/accounts.ts, adminGroup): most shoppers inside
 *
 * 401 NOT_SIGNED_IN; 403 PASS_REQUIRED (none, expired, of an older line), WRONG_ACCOUNT (the pass or entry token belongs to
 * another account), FORBIDDEN; 404 EVENT_NOT_FOUND, WAITING_ROOM_INACTIVE (no queue now: continue at /seats/{eventId}); 429
 * and 503 with Retry-After. A response renews a pass that is close to its end, so that it outlasts a long wait.
 *
 * The user comes from the access token, the place from the verified pass or entry token. Nothing in the body, the query or
 * any other header names a person or a place (C6.15, E1).
 */
export const queueApiPrefix = '/api/v1/queue';

/** Poll bands of tier 2 (C3): with at most `aheadMax` people ahead a page polls every `seconds`. Also in visits.lua. */
export const queuePollBands = [
  { aheadMax: 1000, seconds: 1 },
  { aheadMax: 5000, seconds: 5 },
  { aheadMax: 10_000, seconds: 10 },
  { aheadMax: 100_000, seconds: 30 },
  { aheadMax: null, seconds: 60 },
] as const satisfies readonly z.infer<typeof pollBandSchema>[];

/** Seconds between two polls of a shopper's page. */
export const heartbeatSeconds = 30;

const count = z.int().min(0);
const totals = {
  /** Shoppers inside, including admitted visitors who have not polled since (E4). */
  currentUsers: count,
  /** Most shoppers inside. */
  threshold: count,
  /** People are admitted only in the state `open`. */
  eventState: eventStateSchema,
  /** Seconds until the next poll. */
  nextPoll: z.int().min(1),
};

export const queueAnswerSchema = z.discriminatedUnion('state', [
  z.strictObject({
    state: z.literal('waiting'),
    /** 1 is the front. */
    position: z.int().min(1),
    peopleAhead: count,
    peopleBehind: count,
    /** From the measured pace of the front; null: not known yet. */
    estimatedWait: waitEstimateSchema,
    ...totals,
  }),
  z.strictObject({
    state: z.literal('admitted'),
    /** The same on every repeat (A10). */
    admissionId: z.string(),
    /** Only for clients without cookies. In a browser it is an HttpOnly cookie, which no script can read. */
    entryToken: z.string().optional(),
    entryExpiresAt: z.iso.datetime(),
    redirectTo: z.string(),
    ...totals,
  }),
  /** Only status and heartbeat: no place (never joined, left, removed, or the visit has ended). `check` joins. */
  z.strictObject({ state: z.literal('absent'), ...totals }),
]);
export type QueueAnswer = z.infer<typeof queueAnswerSchema>;

/** Result of away: nothing to shorten; the visit ends in a minute; or seats are held and nothing is changed. */
const awayAnswerSchema = z.strictObject({ away: z.enum(['not-inside', 'shortened', 'holds-seats']) });
export type AwayAnswer = z.infer<typeof awayAnswerSchema>;

/** Result of leave: nothing to do, left the line, or ended the visit. A repeat returns `nowhere`. */
const leaveAnswerSchema = z.strictObject({ left: z.enum(['nowhere', 'line', 'inside']) });
export type LeaveAnswer = z.infer<typeof leaveAnswerSchema>;

export const thresholdBodySchema = z.strictObject({ threshold: z.int().min(0).max(10_000_000) });
const thresholdAnswerSchema = z.strictObject({
  threshold: count,
  currentUsers: count,
  waiting: count,
});
export type ThresholdAnswer = z.infer<typeof thresholdAnswerSchema>;
