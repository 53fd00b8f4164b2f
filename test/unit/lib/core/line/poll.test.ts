import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pollBands } from '#contract/line-http.ts';
import {
  backoffBaseMs,
  backoffCapMs,
  bandSeconds,
  jitterShare,
  type PollSituation,
  pollDelayMs,
  pollGapMinMs,
  retryAfterCapSeconds,
} from '#core/line/poll.ts';

const calm: PollSituation = {
  peopleAhead: 100,
  state: 'open',
  msUntilOpening: null,
  failures: 0,
  retryAfterSeconds: null,
};
const middle = 0.5;

describe('the polls of the waiting page', () => {
  it('a page polls by distance from the front: 2 s within 500, 5 s within 2,000, 10 s within 10,000, else 15 s (C1)', () => {
    const at = (peopleAhead: number) => bandSeconds(pollBands, peopleAhead);
    expect([0, 500, 501, 2000, 2001, 10_000, 10_001, 5_000_000].map(at)).toEqual([
      2, 2, 5, 5, 10, 10, 15, 15,
    ]);
  });

  it('a page polls as slowly as the back of the line while its place is unknown', () => {
    expect(bandSeconds(pollBands, null)).toBe(15);
  });

  it('the jitter spreads polls over its whole range, and never beyond it', () => {
    const delays = [0, 0.25, 0.5, 0.75, 0.999999].map((dice) =>
      pollDelayMs({ ...calm, peopleAhead: 1000 }, pollBands, dice),
    );
    expect(delays[0]).toBe(5000 * (1 - jitterShare));
    expect(delays.at(-1)).toBeCloseTo(5000 * (1 + jitterShare), -1);
    expect([...delays].sort((a, b) => a - b)).toEqual(delays);
  });

  it('a page polls slowly long before the opening and often close to it', () => {
    const upcoming = { ...calm, state: 'upcoming' } as const;
    expect(pollDelayMs({ ...upcoming, msUntilOpening: 3_600_000 }, pollBands, middle)).toBe(15_000);
    expect(pollDelayMs({ ...upcoming, msUntilOpening: 7_000 }, pollBands, middle)).toBe(7_000);
    expect(pollDelayMs({ ...upcoming, msUntilOpening: -50 }, pollBands, middle)).toBe(2_000);
  });

  it('a page polls slowly in states that do not change quickly', () => {
    for (const state of ['sold-out', 'closed', 'inactive'] as const) {
      expect(pollDelayMs({ ...calm, state }, pollBands, middle)).toBe(15_000);
    }
  });

  it('a paused line is polled less often, and at the front still every few seconds', () => {
    const paused = (peopleAhead: number) =>
      pollDelayMs({ ...calm, state: 'paused', peopleAhead }, pollBands, middle);
    expect([10, 3_000, 50_000].map(paused)).toEqual([5_000, 10_000, 15_000]);
  });

  it('the delay doubles after each failure, up to the cap', () => {
    const after = (failures: number) => pollDelayMs({ ...calm, failures }, pollBands, middle);
    expect([1, 2, 3, 4].map(after)).toEqual([
      backoffBaseMs,
      backoffBaseMs * 2,
      backoffBaseMs * 4,
      backoffBaseMs * 8,
    ]);
    expect(after(50)).toBe(backoffCapMs);
  });

  it('a page never polls before Retry-After, and caps an absurd one', () => {
    const asked = (retryAfterSeconds: number, dice: number) =>
      pollDelayMs({ ...calm, failures: 3, retryAfterSeconds }, pollBands, dice);
    expect(asked(20, 0)).toBe(20_000);
    expect(asked(20, 0.999)).toBeGreaterThan(20_000);
    expect(asked(86_400, 0)).toBe(retryAfterCapSeconds * 1000);
    expect(asked(0, 0)).toBe(pollGapMinMs);
  });

  it('the delay stays between its least and its greatest value for any document', () => {
    const situation = fc.record({
      peopleAhead: fc.option(fc.nat()),
      state: fc.constantFrom('inactive', 'upcoming', 'open', 'paused', 'sold-out', 'closed' as const),
      msUntilOpening: fc.option(fc.integer()),
      failures: fc.nat(),
      retryAfterSeconds: fc.option(fc.nat()),
    });
    const bands = fc.array(
      fc.record({ aheadMax: fc.option(fc.nat()), seconds: fc.integer({ min: 1, max: 60 }) }),
      { maxLength: 8 },
    );
    fc.assert(
      fc.property(
        situation,
        bands,
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        (s, b, d) => {
          const delayMs = pollDelayMs(s, b, d);
          expect(delayMs).toBeGreaterThanOrEqual(backoffBaseMs * (1 - jitterShare));
          expect(delayMs).toBeLessThanOrEqual(retryAfterCapSeconds * 1000 * (1 + 2 * jitterShare));
        },
      ),
    );
  });
});
