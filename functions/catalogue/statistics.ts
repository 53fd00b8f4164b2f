import { z } from 'zod';
import type { AdmissionStatistics } from '#adapters/dynamodb/queue/statistics.ts';
import type { SaleStatistics } from '#adapters/dynamodb/sale/statistics.ts';
import { eventIdSchema } from '#contract/event.ts';
import type { StatisticsAnswer } from '#contract/line-http.ts';
import { UrrError } from '#core/errors.ts';
import type { EventStore } from '#core/events/ports.ts';
import { dayOf, rangeOfDay, toStatistics } from '#core/events/statistics.ts';
import { parseInput } from '#core/parse.ts';
import { type HttpRequest, type HttpResponse, json } from '../shared/http.ts';
import { namedOnce } from './query.ts';

export interface Day {
  readonly eventId: string;
  /** For example `2026-12-01`. */
  readonly day: string;
}

export interface StatisticsDeps {
  readonly events: Pick<EventStore, 'get'>;
  readonly statistics: (day: Day) => Promise<StatisticsAnswer>;
  readonly nowMs: () => number;
}

/** Numbers are per minute, so more frequent reads show nothing new. */
const publicly = { 'cache-control': 'public, max-age=10' };
/** Bounds the number of different days that can be requested. */
const daysBackMax = 400;

const querySchema = z.strictObject({ day: z.iso.date().optional() });

/**
 * Returns the numbers of one day of an event (contract/line-http.ts, Statistics).
 *
 * @throws UrrError EVENT_NOT_FOUND; BAD_REQUEST for a day in the future or too long ago
 */
export async function statistics(deps: StatisticsDeps, request: HttpRequest): Promise<HttpResponse> {
  const eventId = parseInput(eventIdSchema, request.pathParameters.eventId, 'event id');
  const nowMs = deps.nowMs();
  const { day = dayOf(nowMs) } = parseInput(querySchema, namedOnce(request.rawQueryString), 'query');
  const isKnown = day <= dayOf(nowMs) && day > dayOf(nowMs - daysBackMax * 86_400_000);
  if (!isKnown)
    throw new UrrError(
      'BAD_REQUEST',
      `the day must be one of the last ${daysBackMax}, written as 2026-12-01`,
    );
  // Invented event ids must neither cause a read nor fill the cache.
  if ((await deps.events.get(eventId)) === undefined)
    throw new UrrError('EVENT_NOT_FOUND', 'this event does not exist');
  return json(200, await deps.statistics({ eventId, day }), { headers: publicly });
}

/** Reads a day's numbers. @throws UrrError UNAVAILABLE: the read may be repeated */
export async function readStatistics(
  counts: {
    readonly admissions: Pick<AdmissionStatistics, 'perMinute'>;
    readonly sales: Pick<SaleStatistics, 'totals'>;
  },
  day: Day,
): Promise<StatisticsAnswer> {
  const { fromMs, toMs } = rangeOfDay(day.day);
  const [minutes, sales] = await Promise.all([
    counts.admissions.perMinute(day.eventId, fromMs, toMs),
    counts.sales.totals(day.eventId, fromMs, toMs),
  ]);
  return toStatistics(day, minutes.values(), sales);
}
