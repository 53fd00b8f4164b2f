import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { eventSchema } from '#contract/event.ts';
import { parseRefundPolicy } from '#contract/refund-policy.ts';
import { refundSteps, refundTerms } from '#core/sale/refund-terms.ts';
import { hasSaleEnded, salesEndMs } from '#core/sale/sale-hours.ts';

/** A policy as Korean ticket sellers publish it. */
const usual = 'booking-day, 10:0, 7:10, 3:20, 1:30';
/** A Saturday evening. The day in Korea begins at 15:00 UTC of the day before. */
const startsAt = '2026-12-19T19:00:00+09:00';
const at = (text: string) => Date.parse(text);
const feeAt = (now: string, boughtAt = '2026-11-01T12:00:00+09:00', policy = usual) =>
  refundTerms(
    { refundPolicy: policy, startsAt },
    { boughtAtMs: at(boughtAt), seatAmountsKrw: [100_000] },
    at(now),
  );

describe('a refund policy', () => {
  it('a refund policy is one line of steps whose days fall and whose fees rise', () => {
    expect(parseRefundPolicy(usual)).toEqual({
      isFreeOnBookingDay: true,
      steps: [
        { daysBefore: 10, feePercent: 0 },
        { daysBefore: 7, feePercent: 10 },
        { daysBefore: 3, feePercent: 20 },
        { daysBefore: 1, feePercent: 30 },
      ],
    });
    expect(parseRefundPolicy('none')?.steps).toEqual([]);
    for (const bad of [
      '',
      'booking-day',
      '10',
      '10:',
      '7:10,10:0',
      '10:20,7:10',
      '1:101',
      '366:0',
      '-1:0',
      '1:0.5',
    ])
      expect(parseRefundPolicy(bad), bad).toBeUndefined();
  });

  it('a text that is not a refund policy makes the event item unusable, so no buyer reads a wrong one', () => {
    const shape = eventSchema.shape.refundPolicy;
    expect(shape.safeParse('7:10,10:0').success).toBe(false);
    expect(shape.safeParse(usual).success).toBe(true);
    expect(shape.safeParse(undefined).success).toBe(true);
  });
});

describe('refund terms', () => {
  it('refund terms count calendar days of Korea: a step ends at midnight there', () => {
    expect(feeAt('2026-12-09T23:59:59.999+09:00').feeKrw).toBe(0);
    expect(feeAt('2026-12-10T00:00:00+09:00').feeKrw).toBe(10_000);
    expect(feeAt('2026-12-12T23:59:59+09:00').feeKrw).toBe(10_000);
    expect(feeAt('2026-12-13T00:00:00+09:00').feeKrw).toBe(20_000);
    expect(feeAt('2026-12-17T00:00:00+09:00').feeKrw).toBe(30_000);
    expect(feeAt('2026-12-18T23:59:59+09:00')).toMatchObject({
      isRefundable: true,
      refundKrw: 70_000,
      untilMs: at('2026-12-19T00:00:00+09:00'),
    });
    expect(feeAt('2026-12-19T00:00:00+09:00')).toMatchObject({ isRefundable: false, refundKrw: 0 });
  });

  it('refund terms waive the fee on the day of the booking, and not past the last step', () => {
    const bought = '2026-12-18T10:00:00+09:00';
    expect(feeAt('2026-12-18T23:59:59+09:00', bought)).toMatchObject({
      feeKrw: 0,
      untilMs: at('2026-12-19T00:00:00+09:00'),
    });
    expect(feeAt('2026-12-19T00:00:00+09:00', '2026-12-19T00:00:00+09:00').isRefundable).toBe(false);
    const waived = feeAt('2026-12-14T20:00:00+09:00', '2026-12-14T09:00:00+09:00');
    expect(waived).toMatchObject({ feePercent: 0, untilMs: at('2026-12-15T00:00:00+09:00') });
    expect(feeAt('2026-12-15T00:00:00+09:00', '2026-12-14T09:00:00+09:00').feePercent).toBe(20);
  });

  it('without a policy refunds are free until the show begins and end then', () => {
    const terms = { startsAt };
    const bought = { boughtAtMs: 0, seatAmountsKrw: [50_000, 30_000] };
    expect(refundTerms(terms, bought, at(startsAt) - 1)).toMatchObject({ feeKrw: 0, refundKrw: 80_000 });
    expect(refundTerms(terms, bought, at(startsAt)).isRefundable).toBe(false);
    // A show without a date never begins.
    expect(refundTerms({}, bought, 9e15)).toMatchObject({
      isRefundable: true,
      refundKrw: 80_000,
      untilMs: null,
    });
  });

  it('refunds end at refundUntil, also before the end of a step', () => {
    const refundUntil = '2026-12-18T17:00:00+09:00';
    const terms = { refundPolicy: usual, startsAt, refundUntil };
    expect(refundSteps(terms).at(-1)).toEqual({ feePercent: 30, untilMs: at(refundUntil) });
    expect(refundTerms(terms, { boughtAtMs: 0, seatAmountsKrw: [1] }, at(refundUntil)).isRefundable).toBe(
      false,
    );
    // Steps that would begin after it are not shown.
    expect(refundSteps({ ...terms, refundUntil: '2026-12-12T00:00:00+09:00' })).toHaveLength(2);
  });

  it('the fee is rounded down for each seat, so refunds in parts come to the same amount', () => {
    const bought = { boughtAtMs: 0, seatAmountsKrw: [999, 995, 1] };
    const now = at('2026-12-11T00:00:00+09:00');
    expect(refundTerms({ refundPolicy: usual, startsAt }, bought, now)).toMatchObject({
      feeKrw: 99 + 99,
      refundKrw: 1_797,
    });
  });

  const policies = fc
    .uniqueArray(fc.nat(60), { minLength: 1, maxLength: 6 })
    .chain((days) =>
      fc.tuple(
        fc.constant(days),
        fc.array(fc.nat(100), { minLength: days.length, maxLength: days.length }),
        fc.boolean(),
      ),
    )
    .map(([days, fees, isFree]) => {
      const sorted = [...fees].sort((a, b) => a - b);
      const steps = [...days].sort((a, b) => b - a).map((day, i) => `${day}:${sorted[i]}`);
      return [...(isFree ? ['booking-day'] : []), ...steps].join(', ');
    });
  const cases = fc.record({
    refundPolicy: policies,
    seatAmountsKrw: fc.array(fc.nat(500_000), { minLength: 1, maxLength: 20 }),
    boughtDays: fc.double({ min: 0, max: 70, noNaN: true }),
    later: fc.tuple(fc.double({ min: 0, max: 75, noNaN: true }), fc.double({ min: 0, max: 75, noNaN: true })),
    split: fc.nat(20),
  });
  const day = 86_400_000;

  it('a refund is never negative, never more than was paid, never grows with time, and is the same in parts', () => {
    fc.assert(
      fc.property(cases, ({ refundPolicy, seatAmountsKrw, boughtDays, later, split }) => {
        const terms = { refundPolicy, startsAt };
        const boughtAtMs = at(startsAt) - 70 * day + boughtDays * day;
        const ask = (nowMs: number, amounts = seatAmountsKrw) =>
          refundTerms(terms, { boughtAtMs, seatAmountsKrw: amounts }, nowMs);
        const paid = seatAmountsKrw.reduce((a, b) => a + b, 0);
        const [first = 0, second = 0] = later.map((days) => boughtAtMs + days * day).sort((a, b) => a - b);
        const one = ask(first);
        const two = ask(second);
        for (const { feeKrw, refundKrw } of [one, two]) {
          expect(refundKrw).toBeGreaterThanOrEqual(0);
          expect(refundKrw).toBeLessThanOrEqual(paid);
          expect(feeKrw + refundKrw).toBe(paid);
          expect(Number.isInteger(feeKrw)).toBe(true);
        }
        expect(two.refundKrw).toBeLessThanOrEqual(one.refundKrw);
        const parts = [seatAmountsKrw.slice(0, split), seatAmountsKrw.slice(split)].map(
          (p) => ask(first, p).refundKrw,
        );
        expect((parts[0] ?? 0) + (parts[1] ?? 0)).toBe(one.refundKrw);
        // The amounts apply exactly until the time that they state.
        if (one.isRefundable && one.untilMs !== null)
          expect(ask(one.untilMs - 1).feePercent).toBe(one.feePercent);
        if (second >= at(startsAt)) expect(two.isRefundable).toBe(false);
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('the end of a sale', () => {
  it('a sale ends at salesEndAt, else at the beginning of the show, else never; the end is exclusive', () => {
    const salesEndAt = '2026-12-18T17:00:00+09:00';
    expect(salesEndMs({ salesEndAt, startsAt })).toBe(at(salesEndAt));
    expect(salesEndMs({ startsAt })).toBe(at(startsAt));
    expect(salesEndMs({})).toBeUndefined();
    expect(hasSaleEnded({ salesEndAt, startsAt }, at(salesEndAt) - 1)).toBe(false);
    expect(hasSaleEnded({ salesEndAt, startsAt }, at(salesEndAt))).toBe(true);
    expect(hasSaleEnded({}, 9e15)).toBe(false);
  });
});
