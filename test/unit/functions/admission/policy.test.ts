import { describe, expect, it } from 'vitest';
import type { Queue, TickReply } from '#core/queue/ports.ts';
import { queuePolicyOf } from '../../../../functions/admission/policy.ts';
import { Ticker } from '../../../../functions/admission/tick.ts';
import { tickRound } from '../../../../functions/admission/worker.ts';
import { defaultTimings, timingsOf } from '../../../../functions/seat-lock/policy.ts';
import { LiveEvents } from '../../../../functions/worker-runtime/live-events.ts';
import { countingTelemetry, testEvent } from '../../../support/line/vwr-api.ts';

const environment = {
  ADMIT_BATCH: 100,
  TICK_MS: 1_000,
  ACTIVE_SECONDS: 600,
  STAY_SECONDS: 1_800,
  CLAIM_SECONDS: 90,
  COLD_SECONDS: 65,
};

describe('the length of a tick', () => {
  it('applies to the round and the script, and the batch keeps the rate', () => {
    const policy = queuePolicyOf({ ...environment, TICK_MS: 250 });
    expect(policy).toMatchObject({ tickMs: 250, batchMax: 25 });
    expect(tickRound(policy, { tickAll: async () => {} }).everyMs).toBe(250);
    expect(queuePolicyOf(environment)).toMatchObject({ tickMs: 1_000, batchMax: 100 });
  });

  it('is refused if it is less than one person per tick', () => {
    expect(() => queuePolicyOf({ ...environment, ADMIT_BATCH: 4, TICK_MS: 200 })).toThrow(
      /ADMIT_BATCH.*TICK_MS/,
    );
    expect(queuePolicyOf({ ...environment, ADMIT_BATCH: 5, TICK_MS: 200 }).batchMax).toBe(1);
  });
});

describe('the number of ticks at once', () => {
  it.each([1, 3])('%s is the number of events that a worker ticks in parallel', async (ticksAtOnce) => {
    const listed = Array.from({ length: 9 }, (_, i) => testEvent({ eventId: `sale-${i}`, mode: 'queue' }));
    const events = new LiveEvents(
      {
        get: async () => testEvent({ eventId: 'sale' }),
        listLive: async () => ({ events: listed, drafts: [], invalid: [], isTruncated: false }),
      },
      () => 0,
    );
    let underWay = 0;
    let most = 0;
    const tick = async (): Promise<TickReply> => {
      underWay += 1;
      most = Math.max(most, underWay);
      for (let turn = 0; turn < 5; turn += 1) await undefined;
      underWay -= 1;
      return had;
    };
    const deps = {
      events: { get: async () => testEvent({ eventId: 'sale' }), listLive: unused, update: unused },
      queue: { ...unusedQueue, tick },
      capacity: { announce: unused, publish: unused },
      telemetry: countingTelemetry(),
      nowMs: () => 0,
      ticksAtOnce,
    };
    await new Ticker(deps, events).tickAll();
    expect(most).toBe(ticksAtOnce);
  });
});

describe('the periods of the seat-lock worker', () => {
  it('come from its environment, and all others are the defaults', () => {
    expect(timingsOf({ SWEEP_MS: 250, RECONCILE_MS: 2_000 })).toEqual({
      ...defaultTimings,
      sweepMs: 250,
      reconcileMs: 2_000,
    });
  });
});

const had: TickReply = {
  kind: 'already-ran',
  totals: { nowMs: 1, inside: 0, limit: null, waiting: 0 },
  admitted: [],
  passedOver: 0,
  expired: 0,
  warmAtMs: 0,
  marker: 'm',
  arrived: 0,
};
const unused = () => Promise.reject(new Error('not used here'));
const unusedQueue: Queue = {
  poll: () => void unused(),
  enter: unused,
  heartbeat: unused,
  away: unused,
  leave: unused,
  tick: unused,
  drainWorker: unused,
  setThreshold: unused,
  readThreshold: unused,
  sweep: unused,
  relay: unused,
};
