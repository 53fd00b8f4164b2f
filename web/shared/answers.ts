import {
  count,
  flag,
  list,
  nullable,
  number,
  object,
  oneOf,
  optional,
  type Read,
  type Reader,
  text,
} from './decode.ts';

/** The parts of lib/contract/line-http.ts that the pages read; a test compares the two. */
export const eventState = oneOf('draft', 'inactive', 'upcoming', 'open', 'paused', 'sold-out', 'closed');
const mode = oneOf('both', 'waiting-room', 'queue');
const shardsMax = 64;
const perShard = list(count, shardsMax);
const bothLanguages = object({ ko: optional(text), en: optional(text) });

export const assignAnswer = object({
  requestId: text,
  position: count,
  place: object({ shard: count, seq: count }),
  generation: count,
  peopleAhead: count,
  isSignedIn: optional(flag),
});
export type Ticket = Read<typeof assignAnswer>;

export const statusDocument = object({
  state: eventState,
  mode,
  generation: count,
  serving: perShard,
  issued: perShard,
  claimWindowSeconds: optional(count),
  reached: optional(list(object({ level: count, atMs: count }), 9)),
  totals: object({ joined: count, called: count, waiting: count }),
  ratePerMinute: nullable(
    object({ low: number, high: number, soon: optional(object({ people: count, perMinute: number })) }),
  ),
  pollBands: list(object({ aheadMax: nullable(count), seconds: count }), 8),
  opensAt: optional(text),
  message: optional(bothLanguages),
  serverTimeMs: count,
});
export type Status = Read<typeof statusDocument>;

const admitted = object({ state: oneOf('admitted'), redirectTo: text, passExpiresAt: optional(text) });
const waiting = object({ state: oneOf('waiting'), peopleAhead: count, nextPoll: count });
const lapsed = object({ state: oneOf('expired', 'superseded') });
export type Check = Read<typeof admitted> | Read<typeof waiting> | Read<typeof lapsed>;
export const checkAnswer: Reader<Check> = (value) => {
  switch (object({ state: text })(value).state) {
    case 'admitted':
      return admitted(value);
    case 'waiting':
      return waiting(value);
    default:
      return lapsed(value);
  }
};

/** Each step has the fee before `until`. Without steps nothing is refunded. */
const refundOffer = object({
  steps: list(object({ feePercent: count, until: optional(text) }), 400),
  isFreeOnBookingDay: flag,
});
export type RefundOffer = Read<typeof refundOffer>;
export const catalogueEvent = object({
  eventId: text,
  state: eventState,
  mode,
  isGated: flag,
  requiresSignIn: flag,
  title: object({ ko: text, en: text }),
  venue: bothLanguages,
  opensAt: optional(text),
  startsAt: optional(text),
  prices: list(object({ grade: text, amountKrw: count }), 50),
  seatsPerOrder: count,
  // Absent in a cached answer of an earlier release.
  seatsPerAccount: optional(count),
  salesEndAt: optional(text),
  refund: optional(refundOffer),
});
export type CatalogueEvent = Read<typeof catalogueEvent>;
export const catalogueAnswer = object({ events: list(catalogueEvent, 100), cursor: optional(text) });
export type CatalogueAnswer = Read<typeof catalogueAnswer>;
