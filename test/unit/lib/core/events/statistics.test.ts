import { describe, expect, it } from 'vitest';
import { dayOf, rangeOfDay, toStatistics } from '#core/events/statistics.ts';

describe('a day of statistics', () => {
  it('a day begins and ends at midnight in Korea', () => {
    expect(rangeOfDay('2026-12-01')).toEqual({
      fromMs: Date.parse('2026-12-01T00:00:00+09:00'),
      toMs: Date.parse('2026-12-02T00:00:00+09:00'),
    });
  });

  it('every instant is in exactly one day', () => {
    const { fromMs, toMs } = rangeOfDay('2026-12-01');
    expect([fromMs - 1, fromMs, toMs - 1, toMs].map(dayOf)).toEqual([
      '2026-11-30',
      '2026-12-01',
      '2026-12-01',
      '2026-12-02',
    ]);
  });

  it('the statistics contain counts and no amounts', () => {
    const sums = (count: number, seats: number) => ({ count, seats, amountKrw: 132_000 });
    const statistics = toStatistics({ eventId: 'spring', day: '2026-12-01' }, [2, 7, 1], {
      confirmed: sums(4, 9),
      cancelled: sums(1, 2),
      settled: sums(4, 0),
      refunded: sums(1, 0),
    });
    expect(statistics).toEqual({
      eventId: 'spring',
      day: '2026-12-01',
      admitted: 10,
      admittedPerMinuteMax: 7,
      reservations: { confirmed: 4, cancelled: 1 },
      seats: { sold: 9, givenBack: 2 },
      payments: { settled: 4, refunded: 1 },
    });
  });
});
