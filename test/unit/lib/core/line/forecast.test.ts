import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AdvancePolicy } from '#core/line/advance.ts';
import { advanceBy, decideAdvance } from '#core/line/advance.ts';
import type { Capacity } from '#core/line/capacity.ts';
import { type Forecast, nextForecast, slowdownMax, slowdownMs, waitSeconds } from '#core/line/forecast.ts';
import { peopleAhead, total } from '#core/line/position.ts';
import { waitInLine } from '#core/line/rate.ts';
import { initialServing, type ServingState } from '#core/line/serving.ts';
import { testEvent } from '../../../../support/line/vwr-api.ts';

const startMs = 1_750_000_000_000;
const basis = { ratePerMinute: 3_000, limit: 100 };

const seen = fc.record({
  afterMs: fc.constantFrom(0, 1_000, 1_000, 3_000, 10_000, 10_000, 600_000),
  called: fc.integer({ min: 0, max: 500 }),
  isSteady: fc.boolean(),
  isOpen: fc.boolean(),
  room: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 3_000 })),
  model: fc.double({ min: 0.02, max: 100, noNaN: true }),
});

describe('a forecast', () => {
  it('a forecast lengthens no wait by more than a quarter in 30 s, whatever is measured', () => {
    fc.assert(
      fc.property(fc.array(seen, { minLength: 2, maxLength: 40 }), fc.nat(5_000), (steps, place) => {
        let [atMs, called] = [startMs, 0];
        let before: Forecast | undefined;
        for (const step of steps) {
          atMs += step.afterMs;
          const calledNow = before === undefined ? 0 : step.called;
          called += calledNow;
          const now = nextForecast(before, basis, { ...step, atMs, called });
          if (before !== undefined) {
            const longer = slowdownMax ** (step.afterMs / slowdownMs);
            for (const at of [
              place,
              before.people,
              before.people + 1,
              now.people + calledNow,
              now.people + calledNow + 1,
            ])
              if (at > calledNow)
                expect(waitSeconds(now, at - calledNow)).toBeLessThanOrEqual(
                  waitSeconds(before, at) * longer + 1e-6,
                );
          }
          before = now;
        }
      }),
    );
  });

  it('a forecast holds only numbers that a table stores, also a month after the last call', () => {
    const steady = { isSteady: true, isOpen: true, room: 0, model: 0.2 };
    let now = nextForecast(undefined, basis, { ...steady, atMs: startMs, called: 0 });
    for (const hours of [1, 26, 720]) {
      now = nextForecast(now, basis, { ...steady, atMs: now.atMs + hours * 3_600_000, called: 5 });
      // DynamoDB refuses numbers below 1e-130 that are not 0.
      for (const n of [now.moved, now.movedSeconds, now.frontSeconds, now.restSeconds])
        expect(n === 0 || n >= 1e-6, `${n}`).toBe(true);
    }
  });

  it('a forecast follows the measured pace, and starts again with another limit or rate', () => {
    const steady = { isSteady: true, isOpen: true, room: 0, model: 0.2 };
    let now = nextForecast(undefined, basis, { ...steady, atMs: startMs, called: 0 });
    expect(now.restSeconds).toBe(0.2);
    // One per second for twenty minutes: the model is wrong, and the measurement prevails in the end.
    for (let second = 10; second <= 1_200; second += 10)
      now = nextForecast(now, basis, { ...steady, atMs: startMs + second * 1_000, called: second });
    expect(now.restSeconds).toBeGreaterThan(0.5);
    const other = nextForecast(
      now,
      { ...basis, limit: 50 },
      { ...steady, model: 9, atMs: startMs + 1_201_000, called: 1_201 },
    );
    expect(other).toMatchObject({ restSeconds: 9, moved: 0 });
  });

  it('a forecast is never faster than the rate', () => {
    const now = nextForecast(undefined, basis, {
      atMs: startMs,
      called: 0,
      isSteady: true,
      isOpen: true,
      room: 0,
      model: 0,
    });
    expect(now.restSeconds).toBe(60 / basis.ratePerMinute);
  });
});

describe('the displayed wait', () => {
  const opensAt = new Date(startMs + 20_000).toISOString();
  const event = testEvent({ eventId: 'sale', threshold: 50, ratePerMinute: 1_200, opensAt });
  const policy = (nowMs: number): AdvancePolicy => ({
    ratePerMinute: event.ratePerMinute,
    claimWindowMs: 300_000,
    hold: nowMs < Date.parse(opensAt) ? 'upcoming' : undefined,
    opensAtMs: Date.parse(opensAt),
    cycleMs: 10_000,
  });
  const second = fc.record({
    came: fc.integer({ min: 0, max: 30 }),
    left: fc.integer({ min: 0, max: 30 }),
    isMissing: fc.boolean(),
    byOperator: fc.constantFrom(0, 0, 0, 0, 0, 0, 0, 40),
  });

  it('is never a quarter longer than 18 s before, whatever tier 2 publishes', () => {
    fc.assert(
      fc.property(
        fc.array(second, { minLength: 60, maxLength: 120 }),
        fc.integer({ min: 1, max: 5_000 }),
        (seconds, seq) => {
          let state: ServingState = initialServing(1, startMs);
          let [inside, queued, arrived] = [0, 0, 0];
          let capacity: Capacity = { kind: 'rate-only' };
          const shown: { readonly at: number; readonly middle: number; readonly hasCapacity: boolean }[] = [];
          seconds.forEach(({ came, left, isMissing, byOperator }, at) => {
            const nowMs = startMs + (at + 1) * 1_000;
            arrived += came;
            const leaving = Math.min(inside, left);
            queued += came;
            const entering = Math.min(queued, event.threshold - inside + leaving);
            inside += entering - leaving;
            queued -= entering;
            if (!isMissing || at === 0) {
              const free = event.threshold - inside;
              capacity = {
                kind: 'closed-loop',
                limit: event.threshold,
                free,
                active: inside,
                queued,
                arrived,
                updatedAtMs: nowMs,
              };
            }
            const decision = decideAdvance(
              state,
              { issued: [10_000], claimedTotal: arrived },
              capacity,
              policy(nowMs),
              nowMs,
            );
            const isWritten = at % 10 === 0 || (decision.kind === 'advance' && decision.called > 0);
            if (decision.kind === 'advance' && isWritten) state = decision.next;
            if (byOperator > 0) state = advanceBy(state, [10_000], byOperator, 'kim', nowMs).next;
            if (seq <= total(state.serving)) return;
            const ahead = peopleAhead({ shard: 0, seq }, state.issued, state.serving);
            const wait = waitInLine(event, state, ahead, nowMs);
            if (wait === null) return;
            shown.push({
              at,
              middle: (wait.lowSeconds + wait.highSeconds) / 2,
              hasCapacity: state.tier2 !== undefined,
            });
          });
          expect(shown.length + seq).toBeGreaterThan(0);
          // Estimates are whole seconds.
          for (const now of shown)
            for (const before of shown.filter(
              ({ at, hasCapacity }) => hasCapacity && at < now.at && at >= now.at - 18,
            ))
              expect(now.middle).toBeLessThanOrEqual(before.middle * 1.25 + 2);
        },
      ),
      { numRuns: 60 },
    );
  });
});
