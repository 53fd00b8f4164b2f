import { describe, expect, it } from 'vitest';
import { claimIfCalled } from '#core/line/claim.ts';
import { advanceEvent } from '../../../../functions/counter-advancer/advance-event.ts';
import { cookiesOf, countingTelemetry, testEvent } from '../../../support/line/vwr-api.ts';
import { place, room, turn } from '../../../support/line/waiting-room.ts';

const line = { eventId: 'sale', generation: 1 };
const address = { headers: { 'x-forwarded-for': '198.51.100.7' } };
const startMs = 1_750_000_000_000;

/** Fifteen joins of one address: ten with their own numbers, and five that share the tenth. */
async function bulk() {
  const waiting = await room();
  const joined: Awaited<ReturnType<typeof waiting.api.assign>>[] = [];
  for (let i = 0; i < 15; i += 1) joined.push(await waiting.api.assign('sale', address));
  const check = (i: number) => {
    const answer = joined[i];
    if (answer === undefined) throw new Error(`only ${joined.length} joined`);
    return waiting.api.check('sale', place(answer).requestId, { cookies: cookiesOf(answer) });
  };
  /** A tick of the advancer at a second after the start. By then the API's copy of the line is a second old. */
  const tick = async (second: number, claimWindowSeconds = 300) => {
    const event = testEvent({
      eventId: 'sale',
      mode: 'waiting-room',
      ratePerMinute: 600,
      claimWindowSeconds,
    });
    const deps = { counters: waiting.memory.counters, telemetry: countingTelemetry(), cycleMs: 10_000 };
    await advanceEvent({ ...deps, nowMs: () => startMs + second * 1_000 }, event);
    waiting.later(1_001);
  };
  return { ...waiting, joined, check, tick };
}

describe('a place that shares its number', () => {
  it('has the number of the place before it, and is called with it', async () => {
    const { joined, check, call } = await bulk();
    expect(joined.map((answer) => place(answer).place.seq).slice(8)).toEqual([9, 10, 10, 10, 10, 10, 10]);
    expect(new Set(joined.map((answer) => place(answer).requestId)).size).toBe(15);
    await call(9);
    expect(turn(await check(14)).state).toBe('waiting');
    await call(1);
    expect(turn(await check(9)).state).toBe('admitted');
    expect(turn(await check(14))).toMatchObject({ state: 'waiting', peopleAhead: 0 });
  });

  it('is admitted after the call of its door number, before the people behind it', async () => {
    const { check, tick, memory } = await bulk();
    for (let i = 0; i < 30; i += 1) await memory.counters.allocate(line, 0);
    await tick(1);
    expect(turn(await check(14)).state).toBe('waiting');
    expect(turn(await check(12)).state).toBe('waiting');
    await tick(2);
    expect(turn(await check(14)).state).toBe('admitted');
    expect(turn(await check(12)).state).toBe('admitted');
    const state = await memory.counters.serving(line, 'latest');
    expect(state).toMatchObject({ door: { given: 2, called: 2 }, serving: [18] });
    // A repeated check returns a pass again, as for every visitor.
    expect(turn(await check(14)).state).toBe('admitted');
  });

  it('takes one door number, however many requests run at once and however often', async () => {
    const { check, call, memory } = await bulk();
    await call(10);
    const stored = [...memory.stored.values()].find(
      ({ doorNumber, sharesNumber }) => sharesNumber && !doorNumber,
    );
    if (stored === undefined) throw new Error('nobody shares a number');
    const state = await memory.counters.serving(line, 'latest');
    if (state === undefined) throw new Error('no line');
    const nowMs = startMs;
    const ask = () => claimIfCalled(memory, { ...stored, line }, state, nowMs);
    await Promise.all(Array.from({ length: 30 }, ask));
    expect(await memory.counters.doorGiven(line)).toBe(1);
    for (let i = 0; i < 10; i += 1) await ask();
    expect(await memory.counters.doorGiven(line)).toBe(1);
    await Promise.all(Array.from({ length: 30 }, () => check(14)));
    for (let i = 0; i < 10; i += 1) await check(14);
    expect(await memory.counters.doorGiven(line)).toBe(2);
  });

  it('is kept at the door, however long that waits; without a claim it expires as any other', async () => {
    const { check, api, joined, tick, later, memory } = await bulk();
    await tick(1, 60);
    expect(turn(await check(14)).state).toBe('waiting');
    const state = await memory.counters.serving(line, 'latest');
    if (state === undefined) throw new Error('no line');
    // Both claim windows have passed without a call of the door number.
    await memory.counters.replaceServing(line, {
      ...state,
      version: state.version + 1,
      expired: state.serving,
    });
    later(1_001);
    expect(turn(await check(14)).state).toBe('waiting');
    expect(turn(await check(13)).state).toBe('expired');
    const again = await api.assign('sale', { ...address, cookies: cookiesOf(joined[14] ?? never()) });
    expect(place(again).requestId).toBe(place(joined[14] ?? never()).requestId);
    await tick(2, 60);
    expect(turn(await check(14)).state).toBe('admitted');
  });

  it('is not created while nobody waits: such a join takes a number and delays no visitor', async () => {
    const { api, call, memory } = await bulk();
    await call(10);
    const late = place(await api.assign('sale', address));
    expect(late.place.seq).toBe(11);
    expect(await memory.counters.issued(line, 1)).toEqual([11]);
  });
});

function never(): never {
  throw new Error('nobody joined');
}
