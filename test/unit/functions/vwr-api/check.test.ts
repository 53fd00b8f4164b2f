import { describe, expect, it } from 'vitest';
import { cookiesOf } from '../../../support/line/vwr-api.ts';
import { bodyOf, place, room, turn } from '../../../support/line/waiting-room.ts';

describe('check', () => {
  it('returns waiting until the call, then a pass for exactly this place', async () => {
    const { api, call, memory } = await room();
    const first = await api.assign('sale');
    const second = await api.assign('sale');
    const ask = (answer: typeof first) =>
      api.check('sale', place(answer).requestId, { cookies: cookiesOf(answer) });
    expect(turn(await ask(second))).toMatchObject({
      state: 'waiting',
      position: 2,
      peopleAhead: 1,
      nextPoll: 2,
    });
    await call(1);
    expect(turn(await ask(second))).toMatchObject({ state: 'waiting', peopleAhead: 0, servingCounter: 1 });
    const admitted = await ask(first);
    expect(turn(admitted)).toMatchObject({ state: 'admitted', redirectTo: '/queue/sale' });
    const pass = cookiesOf(admitted)[0]?.split('=') ?? [];
    expect(pass[0]).toBe('__Host-urr-vwr-token-sale');
    const verified = await api.deps.verifier('pass', pass[1] ?? '', 'sale');
    expect(verified).toMatchObject({ gen: 1, shard: 0, seq: 1, jti: place(first).requestId });
    expect(await memory.counters.claimedTotal({ eventId: 'sale', generation: 1 }, 1)).toBe(1);
  });

  it('returns a new pass for a claimed place each time, and counts it once', async () => {
    const { api, call, memory } = await room();
    const joined = await api.assign('sale');
    await call(1);
    for (let i = 0; i < 3; i += 1) {
      const answer = await api.check('sale', place(joined).requestId, { cookies: cookiesOf(joined) });
      expect(answer.cookies).toHaveLength(1);
    }
    expect(await memory.counters.claimedTotal({ eventId: 'sale', generation: 1 }, 1)).toBe(1);
    expect(api.telemetry.counts.get('Passes')).toBe(1);
  });

  it('reads and writes no storage while a visitor waits', async () => {
    const { api, memory } = await room();
    const joined = await api.assign('sale');
    memory.places.claim = () => Promise.reject(new Error('storage was asked'));
    memory.places.find = () => Promise.reject(new Error('storage was asked'));
    expect(
      (await api.check('sale', place(joined).requestId, { cookies: cookiesOf(joined) })).statusCode,
    ).toBe(200);
  });

  it('lets every visitor pass while the waiting room is off, with or without a ticket', async () => {
    const { api } = await room({ isActive: false, mode: 'waiting-room' });
    const answer = await api.check('sale', crypto.randomUUID());
    expect(turn(answer)).toEqual({ state: 'admitted', redirectTo: '/seats/sale' });
    // No pass: the hint lets the visitor through the edge function to the gate, which knows that the waiting room is
    // off.
    expect(cookiesOf(answer)).toEqual(['__Host-urr-open-sale=1']);
  });

  it('refuses a request without a ticket, with another visitor’s, or for another request', async () => {
    const { api } = await room();
    const mine = await api.assign('sale');
    const theirs = await api.assign('sale');
    const codeOf = async (id: string, cookies: string[]) =>
      bodyOf(await api.check('sale', id, { cookies })).code;
    const [visitor = '', ticket = ''] = cookiesOf(mine);
    const [otherVisitor = ''] = cookiesOf(theirs);
    const id = place(mine).requestId;
    expect(await codeOf(id, [visitor])).toBe('TICKET_REQUIRED');
    expect(await codeOf(id, [visitor, `${ticket.slice(0, -4)}AAAA`])).toBe('TICKET_REQUIRED');
    expect(await codeOf(id, [otherVisitor, ticket])).toBe('WRONG_ACCOUNT');
    expect(await codeOf(id, [ticket])).toBe('WRONG_ACCOUNT');
    expect(await codeOf(place(theirs).requestId, [visitor, ticket])).toBe('FORBIDDEN');
  });

  it('refuses a ticket of the line before a reset, and joining again gives a new place', async () => {
    const { api, change } = await room();
    const old = await api.assign('sale');
    change({ generation: 2 });
    const cookies = cookiesOf(old);
    expect(turn(await api.check('sale', place(old).requestId, { cookies }))).toEqual({ state: 'superseded' });
    const fresh = place(await api.assign('sale', { cookies }));
    expect(fresh).toMatchObject({ generation: 2, position: 1 });
    expect(fresh.requestId).not.toBe(place(old).requestId);
  });
});

describe('a called place that was not claimed', () => {
  async function lapsed() {
    const its = await room();
    const joined = await its.api.assign('sale');
    const claimed = await its.api.assign('sale');
    await its.call(2);
    await its.api.check('sale', place(claimed).requestId, { cookies: cookiesOf(claimed) });
    const line = { eventId: 'sale', generation: 1 };
    const state = await its.memory.counters.serving(line, 'latest');
    if (state === undefined) throw new Error('no line');
    await its.memory.counters.replaceServing(line, { ...state, version: state.version + 1, expired: [2] });
    its.later(1001);
    return { ...its, joined, claimed };
  }

  it('has expired, and its visitor may join again at the end', async () => {
    const { api, joined } = await lapsed();
    const cookies = cookiesOf(joined);
    expect(turn(await api.check('sale', place(joined).requestId, { cookies }))).toEqual({ state: 'expired' });
    const again = place(await api.assign('sale', { cookies }));
    expect(again.place).toEqual({ shard: 0, seq: 3 });
    expect(turn(await api.check('sale', place(joined).requestId, { cookies }))).toEqual({ state: 'expired' });
  });

  it('does not affect visitors who came in time, who still get passes', async () => {
    const { api, claimed } = await lapsed();
    const cookies = cookiesOf(claimed);
    const answer = await api.check('sale', place(claimed).requestId, { cookies });
    expect(turn(answer).state).toBe('admitted');
    expect(place(await api.assign('sale', { cookies })).requestId).toBe(place(claimed).requestId);
  });

  it('cannot be claimed by an old ticket after its visitor has joined again', async () => {
    const { api, joined, call } = await lapsed();
    const old = cookiesOf(joined);
    const again = await api.assign('sale', { cookies: old });
    await call(1);
    expect(turn(await api.check('sale', place(joined).requestId, { cookies: old }))).toEqual({
      state: 'expired',
    });
    const [visitor = ''] = old;
    const answer = await api.check('sale', place(again).requestId, {
      cookies: [visitor, ...cookiesOf(again)],
    });
    expect(turn(answer).state).toBe('admitted');
  });
});
