import type { EventState, UrrEvent } from '#contract/event.ts';
import type { CatalogueEvent } from '#contract/line-http.ts';
import { seatsPerAccountOf } from '../sale/account-seats.ts';
import { refundPolicyOf, refundSteps } from '../sale/refund-terms.ts';
import { hasSaleEnded, salesEndMs } from '../sale/sale-hours.ts';
import { eventState, hasWaitingRoom } from './state.ts';

/** Events per page of the list. */
export const cataloguePageSize = 20;

/** End of a page: the sort key of its last event. */
export interface CatalogueCursor {
  /** Beginning of the show; null: no date. */
  readonly startsAtMs: number | null;
  readonly eventId: string;
}

export interface CatalogueQuery {
  /** Words that title or venue must all contain, in either language; case-insensitive. */
  readonly search: string;
  readonly status: EventState | undefined;
  readonly after: CatalogueCursor | undefined;
}

interface CataloguePage {
  readonly events: CatalogueEvent[];
  /** Undefined: this is the last page. */
  readonly next: CatalogueCursor | undefined;
}

/** The public view of an event, without its rate, threshold and generation. */
export function toCatalogueEvent(event: UrrEvent, nowMs: number): CatalogueEvent {
  const { eventId, mode, requiresSignIn, opensAt, startsAt, prices, seatsPerOrder } = event;
  const endMs = salesEndMs(event);
  const { venueKo, venueEn } = event;
  return {
    eventId,
    state: stateOf(event, nowMs),
    mode,
    isGated: hasWaitingRoom(event, nowMs),
    requiresSignIn,
    title: { ko: event.titleKo, en: event.titleEn },
    venue: {
      ...(venueKo === undefined ? {} : { ko: venueKo }),
      ...(venueEn === undefined ? {} : { en: venueEn }),
    },
    ...(opensAt === undefined ? {} : { opensAt }),
    ...(startsAt === undefined ? {} : { startsAt }),
    prices,
    seatsPerOrder,
    seatsPerAccount: seatsPerAccountOf(event),
    ...(endMs === undefined ? {} : { salesEndAt: new Date(endMs).toISOString() }),
    refund: {
      isFreeOnBookingDay: refundPolicyOf(event).isFreeOnBookingDay,
      steps: refundSteps(event)
        .filter(({ untilMs }) => untilMs === null || nowMs < untilMs)
        .map(({ feePercent, untilMs }) => ({
          feePercent,
          ...(untilMs === null ? {} : { until: new Date(untilMs).toISOString() }),
        })),
    },
  };
}

/** The public state: a sale that has ended is closed, whatever the state of its line. */
function stateOf(event: UrrEvent, nowMs: number): EventState {
  const state = eventState(event, nowMs);
  return state !== 'draft' && hasSaleEnded(event, nowMs) ? 'closed' : state;
}

/** One page of the matching events, the soonest show first, events without a date last. */
export function listCatalogue(
  events: readonly UrrEvent[],
  query: CatalogueQuery,
  nowMs: number,
): CataloguePage {
  const words = fold(query.search).split(/\s+/).filter(Boolean);
  const { after } = query;
  const matching = events
    .filter((event) => query.status === undefined || stateOf(event, nowMs) === query.status)
    .filter((event) => containsAll(event, words))
    .sort((a, b) => compare(cursorOf(a), cursorOf(b)))
    .filter((event) => after === undefined || compare(cursorOf(event), after) > 0);
  const page = matching.slice(0, cataloguePageSize);
  const last = page.at(-1);
  const isMore = matching.length > page.length;
  return {
    events: page.map((event) => toCatalogueEvent(event, nowMs)),
    next: isMore && last !== undefined ? cursorOf(last) : undefined,
  };
}

const cursorOf = ({ eventId, startsAt }: UrrEvent): CatalogueCursor => ({
  startsAtMs: startsAt === undefined ? null : Date.parse(startsAt),
  eventId,
});

/** A total order: the id decides between shows at the same time, so no event is repeated or left out between pages. */
function compare(a: CatalogueCursor, b: CatalogueCursor): number {
  if (a.startsAtMs !== b.startsAtMs) {
    if (a.startsAtMs === null) return 1;
    return b.startsAtMs === null ? -1 : a.startsAtMs - b.startsAtMs;
  }
  return a.eventId === b.eventId ? 0 : a.eventId < b.eventId ? -1 : 1;
}

function containsAll(event: UrrEvent, words: readonly string[]): boolean {
  if (words.length === 0) return true;
  const text = fold([event.titleKo, event.titleEn, event.venueKo, event.venueEn].join('\n'));
  return words.every((word) => text.includes(word));
}

/** Composed and lower case: a phone may send decomposed Hangul (NFD). */
const fold = (text: string) => text.normalize('NFKC').toLowerCase();
