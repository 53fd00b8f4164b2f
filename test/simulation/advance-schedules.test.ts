import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type AdvancePolicy, catchUpMaxMs, decideAdvance, tickMs } from '#core/line/advance.ts';
import { total } from '#core/line/position.ts';
import { initialServing, type ServingState, servingStateSchema } from '#core/line/serving.ts';
import { createMemoryLine } from '../support/line/memory-line.ts';

const seed = 20260601;
const schedules = 1000;
const startMs = 1_750_000_000_000;
const line = { eventId: 'sale', generation: 1 };

/**
 * A schedule of ticks like the advancer's invocations. `lateMs` moves a tick off its cycle (negative: early), `copies`
 * is the number of advancers that run it, and `missed` drops it. Overlapping ticks both read before one of them writes,
 * because reads and writes are separate steps in the order of `order`.
 */
const schedule = fc.record({
  cycleMs: fc.constantFrom(1_000, 5_000, 10_000, 60_000),
  ratePerMinute: fc.oneof(fc.integer({ min: 0, max: 50 }), fc.integer({ min: 51, max: 60_000 })),
  shards: fc.integer({ min: 1, max: 8 }),
  ticks: fc.array(
    fc.record({
      lateMs: fc.oneof(fc.constant(0), fc.integer({ min: -12_000, max: 45_000 })),
      copies: fc.constantFrom(1, 1, 1, 2, 3),
      missed: fc.constantFrom(false, false, false, false, true),
      joins: fc.integer({ min: 0, max: 20_000 }),
    }),
    { minLength: 1, maxLength: 25 },
  ),
  order: fc.infiniteStream(fc.nat(1000)),
});
type Schedule = typeof schedule extends fc.Arbitrary<infer Plan> ? Plan : never;

interface Run {
  readonly atMs: number;
  state?: ServingState | undefined;
  issued?: number[];
}

/** Plays a schedule on a store with compare-and-set. Returns each stored state with the time of its decision. */
async function play(plan: Schedule, isAbundant: boolean) {
  const { counters } = createMemoryLine();
  const policy: AdvancePolicy = {
    ratePerMinute: plan.ratePerMinute,
    claimWindowMs: 300_000,
    hold: undefined,
    opensAtMs: undefined,
    cycleMs: plan.cycleMs,
  };
  await counters.createServing(line, initialServing(plan.shards, startMs));
  const issued = Array.from({ length: plan.shards }, () => (isAbundant ? 100_000_000 : 0));
  const waiting: Run[] = plan.ticks.flatMap(({ lateMs, copies, missed }, i) => {
    const atMs = Math.max(startMs, startMs + (i + 1) * plan.cycleMs + lateMs);
    return missed ? [] : Array.from({ length: copies }, () => ({ atMs }));
  });
  waiting.sort((a, b) => a.atMs - b.atMs);
  const joins = plan.ticks.map(({ joins: n }) => n);

  const history: { atMs: number; state: ServingState; issuedThen: number[] }[] = [];
  const order = plan.order[Symbol.iterator]();
  const next = () => order.next().value ?? 0;
  const running: Run[] = [];
  while (waiting.length > 0 || running.length > 0) {
    // At most four run at once. Any of them may take the next step, even after a stale read.
    if (waiting.length > 0 && (running.length === 0 || (running.length < 4 && next() % 2 === 0))) {
      const started = waiting.shift();
      if (started !== undefined) running.push(started);
      if (!isAbundant) spread(issued, joins.shift() ?? 0, next());
      continue;
    }
    const index = next() % running.length;
    const run = running[index];
    if (run === undefined) continue;
    if (run.state === undefined) {
      run.state = await counters.serving(line, 'latest');
      run.issued = [...issued];
      continue;
    }
    running.splice(index, 1);
    const numbers = { issued: run.issued ?? [], claimedTotal: 0 };
    const decision = decideAdvance(run.state, numbers, { kind: 'rate-only' }, policy, run.atMs);
    if (decision.kind === 'nothing') continue;
    if (await counters.replaceServing(line, decision.next))
      history.push({ atMs: run.atMs, state: decision.next, issuedThen: [...issued] });
  }
  return history;
}

function spread(issued: number[], count: number, start: number) {
  for (const [shard, n] of issued.entries()) {
    const extra = (shard + start) % issued.length < count % issued.length ? 1 : 0;
    issued[shard] = n + Math.floor(count / issued.length) + extra;
  }
}

/** Returns what the rate allows by `atMs`, calculated here from the times of the stored ticks. */
const allowed = (ratePerMinute: number, elapsedMs: number) =>
  Math.floor((ratePerMinute * elapsedMs) / 60_000);

describe(`1,000 schedules of early, late, missed, doubled and overlapping ticks (seed ${seed})`, () => {
  it('serving never passes the numbers given out, never goes back and never exceeds the rate', async () => {
    let ticksStored = 0;
    await fc.assert(
      fc.asyncProperty(schedule, async (plan) => {
        let before = initialServing(plan.shards, startMs);
        for (const { atMs, state, issuedThen } of await play(plan, false)) {
          ticksStored += 1;
          servingStateSchema.parse(state);
          for (const [shard, n] of state.serving.entries()) {
            expect(n).toBeGreaterThanOrEqual(before.serving[shard] ?? 0);
            expect(n).toBeLessThanOrEqual(issuedThen[shard] ?? 0);
          }
          expect(total(state.serving)).toBeLessThanOrEqual(allowed(plan.ratePerMinute, atMs - startMs));
          const stepMs = Math.min(catchUpMaxMs, state.accountedUntilMs - before.accountedUntilMs);
          const called = total(state.serving) - total(before.serving);
          expect(called).toBeLessThanOrEqual(Math.ceil((plan.ratePerMinute * stepMs) / 60_000));
          before = state;
        }
      }),
      { numRuns: schedules, seed },
    );
    expect(ticksStored).toBeGreaterThan(schedules);
  });

  it('with people always waiting, serving follows the ideal line of the rate within one tick', async () => {
    await fc.assert(
      fc.asyncProperty(schedule, async (plan) => {
        // The ideal advancer never stops, and like URR's drops the time that is more than a minute before a tick.
        let idealMs = 0;
        let tickBefore = Math.floor(startMs / tickMs) * tickMs;
        for (const { atMs, state } of await play(plan, true)) {
          const untilMs = Math.floor(atMs / tickMs) * tickMs;
          idealMs += Math.min(catchUpMaxMs, untilMs - tickBefore);
          tickBefore = untilMs;
          const idealNow = allowed(plan.ratePerMinute, idealMs + (atMs - untilMs));
          const behind = idealNow - total(state.serving);
          expect(behind).toBeGreaterThanOrEqual(0);
          expect(behind).toBeLessThanOrEqual(Math.ceil((plan.ratePerMinute * tickMs) / 60_000));
        }
      }),
      { numRuns: schedules, seed },
    );
  });
});
