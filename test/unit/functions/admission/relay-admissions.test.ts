import { describe, expect, it } from 'vitest';
import type { AdmissionEvent } from '#contract/admission-event.ts';
import type { OutboxEntry, Queue } from '#core/queue/ports.ts';
import type { Delivery } from '../../../../functions/admission/deps.ts';
import { AdmissionRelay } from '../../../../functions/admission/relay-admissions.ts';
import { LiveEvents } from '../../../../functions/worker-runtime/live-events.ts';
import { countingTelemetry, testEvent } from '../../../support/line/vwr-api.ts';

const id = (n: number) => `1763683200123-abcdefghijkl-${n}`;
const entry = (name: string, ...numbers: number[]): OutboxEntry => ({
  id: name,
  admissions: numbers.map((n) => ({ user: `u.${n}`, admissionId: id(n) })),
});

/** An outbox in memory that returns the entries that were not deleted, as lua/queue/outbox.lua does. */
async function relayOver(entries: OutboxEntry[], answer: (events: readonly AdmissionEvent[]) => Delivery) {
  const left = [...entries];
  const dead: string[] = [];
  const calls: string[][] = [];
  const queue: Pick<Queue, 'relay'> = {
    relay: async (_line, _relay, done, { countMax }) => {
      for (const name of [...done.delivered, ...done.bad]) {
        const at = left.findIndex((one) => one.id === name);
        if (at !== -1) left.splice(at, 1);
      }
      dead.push(...done.bad);
      return { isMine: true, left: left.length, entries: left.slice(0, countMax) };
    },
  };
  const event = testEvent({ eventId: 'sale' });
  const store = {
    get: async () => event,
    listLive: async () => ({ events: [event], drafts: [], invalid: [], isTruncated: false }),
  };
  const events = new LiveEvents(store, Date.now);
  await events.refresh();
  const publisher = {
    publish: async (batch: readonly AdmissionEvent[]) => {
      calls.push(batch.map(({ admissionId }) => admissionId));
      return answer(batch);
    },
  };
  const telemetry = countingTelemetry();
  // The relay uses no other method of a queue.
  const deps = { queue: { ...unusedQueue, ...queue }, publisher, telemetry, workerId: 'w' };
  await new AdmissionRelay(deps, events).relayAdmissions(() => false);
  return { left: left.map(({ id: name }) => name), dead, calls, telemetry };
}

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
const all = (events: readonly AdmissionEvent[]): Delivery => ({
  accepted: new Set(events.map(({ admissionId }) => admissionId)),
  refused: new Set(),
});

describe('the relay', () => {
  it('sends ten at a time, in order, across entries, and removes the accepted ones', async () => {
    const numbers = Array.from({ length: 23 }, (_, i) => i + 1);
    const { left, calls } = await relayOver(
      [entry('a', ...numbers.slice(0, 12)), entry('b', ...numbers.slice(12))],
      all,
    );
    expect(left).toEqual([]);
    expect(calls.map((call) => call.length)).toEqual([10, 10, 3]);
    expect(calls.flat()).toEqual(numbers.map(id));
  });

  it('keeps an entry that SQS has accepted only in part, and everything after it (C6.5)', async () => {
    const part = (events: readonly AdmissionEvent[]): Delivery => ({
      accepted: new Set(events.map(({ admissionId }) => admissionId).filter((one) => one !== id(5))),
      refused: new Set(),
    });
    const { left, calls, telemetry } = await relayOver(
      [entry('a', 1, 2), entry('b', 3, 4, 5), entry('c', 6)],
      part,
    );
    expect(left).toEqual(['b']);
    expect(calls).toHaveLength(1);
    expect(telemetry.counts.get('OutboxRefused')).toBe(1);
  });

  it('sends nothing after a failed batch, so that the order stays', async () => {
    const numbers = Array.from({ length: 25 }, (_, i) => i + 1);
    const none = (): Delivery => ({ accepted: new Set(), refused: new Set() });
    const { left, calls } = await relayOver([entry('a', ...numbers)], none);
    expect(left).toEqual(['a']);
    expect(calls).toHaveLength(1);
  });

  it('sets aside an entry that can never be delivered, and continues with the rest (A8)', async () => {
    const refuseOne = (events: readonly AdmissionEvent[]): Delivery => ({
      accepted: new Set(events.map(({ admissionId }) => admissionId).filter((one) => one !== id(4))),
      refused: new Set([id(4)].filter((one) => events.some(({ admissionId }) => admissionId === one))),
    });
    const unreadable = { id: 'odd', admissions: null };
    const nonsense = { id: 'bad', admissions: [{ user: 'nobody', admissionId: 'nonsense' }] };
    const { left, dead, telemetry } = await relayOver(
      [entry('a', 1), unreadable, nonsense, entry('b', 4), entry('c', 5)],
      refuseOne,
    );
    expect(left).toEqual([]);
    expect(dead).toEqual(['odd', 'bad', 'b']);
    expect(telemetry.counts.get('OutboxDead')).toBe(3);
  });
});
