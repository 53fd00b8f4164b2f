import { type StatisticsAnswer, statisticsUtcOffsetHours } from '#contract/line-http.ts';

const dayMs = 24 * 60 * 60_000;
const offsetMs = statisticsUtcOffsetHours * 60 * 60_000;

/** The day of an instant in Korean time: `2026-12-01`. */
export const dayOf = (ms: number): string => new Date(ms + offsetMs).toISOString().slice(0, 10);

/**
 * A day's beginning (inclusive) and end (exclusive).
 * @param day as `2026-12-01`
 */
export function rangeOfDay(day: string): { readonly fromMs: number; readonly toMs: number } {
  const fromMs = Date.parse(`${day}T00:00:00Z`) - offsetMs;
  return { fromMs, toMs: fromMs + dayMs };
}

interface Counts {
  readonly count: number;
  readonly seats: number;
}

/** The published statistics of a day: counts only, no amounts. */
export function toStatistics(
  day: { readonly eventId: string; readonly day: string },
  admittedPerMinute: Iterable<number>,
  sales: Readonly<Record<'confirmed' | 'cancelled' | 'settled' | 'refunded', Counts>>,
): StatisticsAnswer {
  let admitted = 0;
  let admittedPerMinuteMax = 0;
  for (const number of admittedPerMinute) {
    admitted += number;
    admittedPerMinuteMax = Math.max(admittedPerMinuteMax, number);
  }
  return {
    eventId: day.eventId,
    day: day.day,
    admitted,
    admittedPerMinuteMax,
    reservations: { confirmed: sales.confirmed.count, cancelled: sales.cancelled.count },
    seats: { sold: sales.confirmed.seats, givenBack: sales.cancelled.seats },
    payments: { settled: sales.settled.count, refunded: sales.refunded.count },
  };
}
