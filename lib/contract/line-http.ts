import { z } from 'zod';
import { eventIdSchema, eventStateSchema, lineModeSchema, shardsMax } from './event.ts';

/**
 * Shapes of tier 1's HTTP answers. Paths as the API sees them; CloudFront serves them under `/vwr-api`.
 *
 * POST /vwr/assign/{eventId}              join, or get the place one already has
 * GET  /vwr/check/{eventId}/{requestId}   is it my turn? gives the pass
 * GET  /vwr/status/{eventId}              one document for everyone, cached 1 s
 * GET  /vwr/jwks                          public keys of URR's tokens
 *
 * Browsers hold visitor id, ticket and pass in HttpOnly cookies. A client without cookies makes 32 random bytes once,
 * sends them as `x-urr-visitor` (base64url) with each request, gets its ticket from assign as `x-urr-ticket` and its pass
 * from check as `x-urr-vwr-token`, and sends the ticket back under the same name (contract/tokens.ts).
 *
 * A ticket lives for a day, the place as long as its line: assign answers the same place again, with a new ticket.
 */
export { vwrApiPrefix } from './routes.ts';

const places = z.array(z.int().min(0)).min(1).max(shardsMax);

/** Poll band: within `aheadMax` people of the front ask every `seconds` (C1); the last band has no bound. */
export const pollBandSchema = z.strictObject({ aheadMax: z.int().nullable(), seconds: z.int().min(1) });
export const pollBands = [
  { aheadMax: 500, seconds: 2 },
  { aheadMax: 2000, seconds: 5 },
  { aheadMax: 10_000, seconds: 10 },
  { aheadMax: null, seconds: 15 },
] as const satisfies readonly z.infer<typeof pollBandSchema>[];

/** Wait as a range in seconds; null: not known yet (C6.13). */
export const waitEstimateSchema = z.strictObject({ lowSeconds: z.int(), highSeconds: z.int() }).nullable();

export const positionSchema = z.strictObject({
  shard: z
    .int()
    .min(0)
    .max(shardsMax - 1),
  seq: z.int().min(1),
});

export const assignAnswerSchema = z.strictObject({
  requestId: z.uuid(),
  /** Whole-line rank when everyone with a smaller (seq, shard) is counted; 1 is the front. */
  position: z.int().min(1),
  place: positionSchema,
  generation: z.int().min(1),
  peopleAhead: z.int().min(0),
  estimatedWait: waitEstimateSchema,
  /** People called so far. */
  servingCounter: z.int().min(0),
  nextPoll: z.int().min(1),
  /** Whoever is not may sign in while waiting; the place stays. Absent: a server of an older release. */
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
  /** Called twice, and did not come within either claim window: may join again at the end. */
  z.strictObject({ state: z.literal('expired') }),
  /** The line was reset since: join again. */
  z.strictObject({ state: z.literal('superseded') }),
]);
export type CheckAnswer = z.infer<typeof checkAnswerSchema>;

/** One small document for everyone who waits. The page compares its own place with it and asks no more than that. */
export const statusDocumentSchema = z.strictObject({
  eventId: eventIdSchema,
  state: eventStateSchema,
  mode: lineModeSchema,
  generation: z.int().min(1),
  /** Shard s has been called up to and including seq serving[s]. */
  serving: places,
  /** Highest seq given out per shard, as of the last cycle. */
  issued: places,
  /** Called but no longer claimable, per shard. */
  expired: places,
  /** Who was called and has not come within this time is called once more, for as long again; then the place is lost. */
  claimWindowSeconds: z.int().min(1),
  /**
   * When the line had reached which level, oldest first, so that a called visitor knows by when to come: the number `seq`
   * was called by the first of these whose `level` is not below it (core/line/calls.ts). Those called since are not in here.
   */
  reached: z.array(z.strictObject({ level: z.int().min(0), atMs: z.int().min(0) })).max(9),
  totals: z.strictObject({ joined: z.int().min(0), called: z.int().min(0), waiting: z.int().min(0) }),
  /** People called per minute, as far as is known; null: nobody is. `soon`: so many at the front go faster. */
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
  /** The waiting room is on: the way to the sale leads through /vwr/{eventId}. */
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
  /** Nobody begins to buy from then on; absent: the sale has no end. `state` is `closed` from then on. */
  salesEndAt: z.string().optional(),
  refund: z.strictObject({
    /** Those to come: the fee from the end of the step before up to `until`, excluded. None: nothing is given back. */
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
 * Statistics of an event and one day, for everyone: GET /api/v1/stats/{eventId}?day=2026-12-01, cached for seconds.
 * Absent: today. Each admission and sale counts once, seconds after it happened; no money and no person is told.
 */
export const statisticsUtcOffsetHours = 9;
const howMany = z.int().min(0);
export const statisticsAnswerSchema = z.strictObject({
  eventId: eventIdSchema,
  /** A day of Korean time, UTC+9: sales are in won. */
  day: z.iso.date(),
  /** People whom the second line let in. */
  admitted: howMany,
  /** The most of them in one minute. */
  admittedPerMinuteMax: howMany,
  reservations: z.strictObject({ confirmed: howMany, cancelled: howMany }),
  seats: z.strictObject({ sold: howMany, givenBack: howMany }),
  payments: z.strictObject({ settled: howMany, refunded: howMany }),
});
export type StatisticsAnswer = z.infer<typeof statisticsAnswerSchema>;
