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
  /** As `2026-12-01`. */
  readonly day: string;
}

export interface StatisticsDeps {
  readonly events: Pick<EventStore, 'get'>;
  readonly statistics: (day: Day) => Promise<StatisticsAnswer>;
  readonly nowMs: () => number;
}

/** Numbers come in minutes; a page that looks more often learns nothing more. */
const publicly = { 'cache-control': 'public, max-age=10' };
/** Further back nobody looks; it bounds how many different days can be asked for. */
const daysBackMax = 400;

const querySchema = z.strictObject({ day: z.iso.date().optional() });

/**
 * What became of an event on one day (contract/line-http.ts, Statistics).
 *
 * @throws UrrError EVENT_NOT_FOUND; BAD_REQUEST for a day that has not come, or is too long ago
 */
export async function statistics(deps: StatisticsDeps, request: HttpRequest): Promise<HttpResponse> {
  const eventId = parseInput(eventIdSchema, request.pathParameters.eventId, 'event id');
  const nowMs = deps.nowMs();
  const { day = dayOf(nowMs) } = parseInput(querySchema, namedOnce(request.rawQueryString), 'query');
  const isKnown = day <= dayOf(nowMs) && day > dayOf(nowMs - daysBackMax * 86_400_000);
  if (!isKnown) throw new UrrError('BAD_REQUEST', `a day is one of the last ${daysBackMax}, as 2026-12-01`);
  // Only of events that exist: made-up names must not make us read, nor fill what is remembered.
  if ((await deps.events.get(eventId)) === undefined)
    throw new UrrError('EVENT_NOT_FOUND', 'there is no such event');
  return json(200, await deps.statistics({ eventId, day }), { headers: publicly });
}

/** Reads a day's numbers. @throws UrrError UNAVAILABLE: repeat */
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
