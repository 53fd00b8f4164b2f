import { z } from 'zod';
import { eventIdSchema, eventStateSchema, lineModeSchema, shardsMax } from './event.ts';

/**
 * Shapes of tier 1's HTTP responses. Paths of the API; CloudFront serves them under `/vwr-api`.
 *
 * POST /vwr/assign/{eventId}              join, or get the existing place
 * GET  /vwr/check/{eventId}/{requestId}   the turn of a place; returns the pass
 * GET  /vwr/status/{eventId}              one document for everyone, cached for 1 s
 * GET  /vwr/jwks                          public keys of URR's tokens
 *
 * Browsers keep visitor id, ticket and pass in HttpOnly cookies. A client without cookies makes 32 random bytes once and
 * sends them as `x-urr-visitor` (base64url) with each request. It gets its ticket from assign as `x-urr-ticket` and its pass
 * from check as `x-urr-vwr-token`, and sends the ticket back under the same name (contract/tokens.ts).
 *
 * A ticket is valid for a day, the place as long as its line: assign returns the same place again with a new ticket.
 */
export { vwrApiPrefix } from './routes.ts';

const places = z.array(z.int().min(0)).min(1).max(shardsMax);

/** Poll band: with at most `aheadMax` people ahead a page polls every `seconds` (C1). The last band has no bound. */
export const pollBandSchema = z.strictObject({ aheadMax: z.int().nullable(), seconds: z.int().min(1) });
export const pollBands = [
  { aheadMax: 500, seconds: 2 },
  { aheadMax: 2000, seconds: 5 },
  { aheadMax: 10_000, seconds: 10 },
  { aheadMax: null, seconds: 15 },
] as const satisfies readonly z.infer<typeof pollBandSchema>[];

/** Wait as a range in seconds; null: not known yet (C6.13). */
export const waitEstimateSchema = z.strictObject({ lowSeconds: z.int(), highSeconds: z.int() }).nullable();

const positionSchema = z.strictObject({
  shard: z
    .int()
    .min(0)
    .max(shardsMax - 1),
  seq: z.int().min(1),
});

export const assignAnswerSchema = z.strictObject({
  requestId: z.uuid(),
  /** Rank in the whole line by (seq, shard); 1 is the front. */
  position: z.int().min(1),
  place: positionSchema,
  generation: z.int().min(1),
  peopleAhead: z.int().min(0),
  estimatedWait: waitEstimateSchema,
  /** People called so far. */
  servingCounter: z.int().min(0),
  nextPoll: z.int().min(1),
  /** False: the visitor may sign in while waiting and keeps the place. Absent: a server of an older release. */
  isSignedIn: z.boolean().optional(),
});
export type AssignAnswer = z.infer<typeof assignAnswerSchema>;

export const checkAnswerSchema = z.discriminatedUnion('state', [
  z.strictObject({
    state: z.literal('admitted'),
    redirectTo: z.string(),
    passExpiresAt: z.iso.datetime().optional(),
  }),
  z.strictObject({
    state: z.literal('waiting'),
    position: z.int().min(1),
    peopleAhead: z.int().min(0),
    servingCounter: z.int().min(0),
    estimatedWait: waitEstimateSchema,
    nextPoll: z.int().min(1),
  }),
  /** Called twice without a claim in either claim window. The visitor may join again at the end. */
  z.strictObject({ state: z.literal('expired') }),
  /** The line was reset; the visitor joins again. */
  z.strictObject({ state: z.literal('superseded') }),
]);
export type CheckAnswer = z.infer<typeof checkAnswerSchema>;

/** The small document that every waiting page polls. The page compares its own place with it. */
export const statusDocumentSchema = z.strictObject({
  eventId: eventIdSchema,
  state: eventStateSchema,
  mode: lineModeSchema,
  generation: z.int().min(1),
  /** Shard s has been called up to and including seq serving[s]. */
  serving: places,
  /** Highest seq given out per shard, as last read by the advancer. */
  issued: places,
  /** Highest seq per shard that can no longer be claimed. */
  expired: places,
  /** Time to come after a call. A visitor who does not is called once more for the same time; then the place is lost. */
  claimWindowSeconds: z.int().min(1),
  /**
   * Levels that the line had reached, with their times, oldest first. From them a page computes the end of a call: the
   * number `seq` was called by the first entry whose `level` is at least `seq` (core/line/calls.ts). Later calls are not
   * listed.
   */
  reached: z.array(z.strictObject({ level: z.int().min(0), atMs: z.int().min(0) })).max(9),
  totals: z.strictObject({ joined: z.int().min(0), called: z.int().min(0), waiting: z.int().min(0) }),
  /** Forecast of the people called per minute; null: none. `soon`: people at the front who move faster. */
  ratePerMinute: z
    .strictObject({
      low: z.number().min(0),
      high: z.number().min(0),
      soon: z.strictObject({ people: z.int().min(0), perMinute: z.number().min(0) }).optional(),
    })
    .nullable(),
  pollBands: z.array(pollBandSchema).min(1).max(8),
  opensAt: z.iso.datetime({ offset: true }).optional(),
  message: z.strictObject({ ko: z.string().optional(), en: z.string().optional() }).optional(),
  serverTimeMs: z.int().min(0),
});
export type StatusDocument = z.infer<typeof statusDocumentSchema>;

/**
 * Catalogue: GET /api/v1/events?search=&status=&cursor=  and  GET /api/v1/events/{eventId}, cached for seconds.
 */
export const catalogueEventSchema = z.strictObject({
  eventId: eventIdSchema,
  state: eventStateSchema,
  mode: lineModeSchema,
  /** The waiting room is on: visitors reach the sale through /vwr/{eventId}. */
  isGated: z.boolean(),
  requiresSignIn: z.boolean(),
  title: z.strictObject({ ko: z.string(), en: z.string() }),
  venue: z.strictObject({ ko: z.string().optional(), en: z.string().optional() }),
  opensAt: z.string().optional(),
  startsAt: z.string().optional(),
  prices: z.array(z.strictObject({ grade: z.string(), amountKrw: z.int() })),
  seatsPerOrder: z.int(),
  /** Over all orders. */
  seatsPerAccount: z.int(),
  /** From this time on no purchase begins and `state` is `closed`; absent: the sale has no end. */
  salesEndAt: z.string().optional(),
  refund: z.strictObject({
    /** Steps not ended yet: the fee from the end of the previous step to `until`, exclusive. Empty: no refunds. */
    steps: z.array(z.strictObject({ feePercent: z.int(), until: z.string().optional() })),
    /** No fee on the day of the booking (in Korea), up to the end of the last step. */
    isFreeOnBookingDay: z.boolean(),
  }),
});
export const catalogueAnswerSchema = z.strictObject({
  events: z.array(catalogueEventSchema).max(100),
  cursor: z.string().optional(),
});
export type CatalogueEvent = z.infer<typeof catalogueEventSchema>;
export type CatalogueAnswer = z.infer<typeof catalogueAnswerSchema>;

/**
 * Public statistics of an event and one day: GET /api/v1/stats/{eventId}?day=2026-12-01 (default: today), cached for
 * seconds. Each admission and sale counts once, seconds after it happened. No amounts and no personal data.
 */
export const statisticsUtcOffsetHours = 9;
const howMany = z.int().min(0);
export const statisticsAnswerSchema = z.strictObject({
  eventId: eventIdSchema,
  /** A day of Korean time, UTC+9: sales are in won. */
  day: z.iso.date(),
  /** People whom tier 2 admitted. */
  admitted: howMany,
  /** Largest number of admissions in one minute. */
  admittedPerMinuteMax: howMany,
  reservations: z.strictObject({ confirmed: howMany, cancelled: howMany }),
  seats: z.strictObject({ sold: howMany, givenBack: howMany }),
  payments: z.strictObject({ settled: howMany, refunded: howMany }),
});
export type StatisticsAnswer = z.infer<typeof statisticsAnswerSchema>;
