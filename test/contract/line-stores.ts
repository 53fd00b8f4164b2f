import { randomBytes, randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import type { PublishedCapacity } from '#core/line/observed-queue.ts';
import type { Place } from '#core/line/place.ts';
import { type CounterStore, doorStartMs, type Line, type PlaceStore } from '#core/line/ports.ts';
import { initialServing } from '#core/line/serving.ts';

interface LineStoresUnderTest {
  readonly places: PlaceStore;
  readonly counters: CounterStore;
  readonly setCapacity: (line: Line, capacity: PublishedCapacity) => void | Promise<void>;
}

const nowMs = 1_750_000_000_000;
const newSubject = () => `v.${randomBytes(32).toString('base64url')}`;
const newLine = (): Line => ({ eventId: `e-${randomBytes(6).toString('hex')}`, generation: 1 });
const placeOf = (line: Line, subject: string, seq: number, more: Partial<Place> = {}): Place => ({
  ...line,
  subject,
  requestId: randomUUID(),
  shard: 0,
  seq,
  joinedAtMs: nowMs,
  expiresAt: nowMs / 1000 + 86_400,
  ...more,
});

/** What tier 1 requires of its stores. The stores in memory and the DynamoDB adapters both pass it. */
export function lineStoresContract(stores: () => LineStoresUnderTest): void {
  it('one identity has one place, and the loser of a race receives the winner’s', async () => {
    const { places } = stores();
    const [line, subject] = [newLine(), newSubject()];
    const contenders = Array.from({ length: 20 }, (_, i) => placeOf(line, subject, i + 1));
    const answers = await Promise.all(contenders.map((place) => places.put(place, nowMs)));
    const stored = contenders.filter((_, i) => answers[i]?.kind === 'stored');
    expect(stored).toHaveLength(1);
    for (const answer of answers) if (answer.kind === 'existing') expect(answer.place).toEqual(stored[0]);
    expect(await places.find(line, subject)).toEqual(stored[0]);
  });

  it('a place is replaced only by name or after its lifetime', async () => {
    const { places } = stores();
    const [line, subject] = [newLine(), newSubject()];
    const first = placeOf(line, subject, 1);
    await places.put(first, nowMs);
    const second = placeOf(line, subject, 2);
    expect(await places.put(second, nowMs, randomUUID())).toEqual({ kind: 'existing', place: first });
    expect(await places.put(second, nowMs, first.requestId)).toEqual({ kind: 'stored' });
    const third = placeOf(line, subject, 3);
    expect((await places.put(third, second.expiresAt * 1000 - 1000)).kind).toBe('existing');
    expect(await places.put(third, second.expiresAt * 1000)).toEqual({ kind: 'stored' });
  });

  it('a place is renewed by name, to a later end alone', async () => {
    const { places } = stores();
    const [line, subject] = [newLine(), newSubject()];
    const place = placeOf(line, subject, 1);
    await places.put(place, nowMs);
    const ends = [5, 9, 7].map((days) => place.expiresAt + days * 86_400);
    await Promise.all(ends.map((end) => places.renew(line, subject, place.requestId, end)));
    expect(await places.find(line, subject)).toEqual({ ...place, expiresAt: ends[1] });
    await places.renew(line, subject, randomUUID(), place.expiresAt + 99 * 86_400);
    await places.renew(line, newSubject(), place.requestId, place.expiresAt);
    expect(await places.find(line, subject)).toEqual({ ...place, expiresAt: ends[1] });
  });

  it('places of another generation or identity do not meet', async () => {
    const { places } = stores();
    const [line, subject] = [newLine(), newSubject()];
    await places.put(placeOf(line, subject, 1), nowMs);
    expect(await places.find({ ...line, generation: 2 }, subject)).toBeUndefined();
    expect(await places.find(line, newSubject())).toBeUndefined();
  });

  it('a place is claimed once, however many ask, and never under another request’s name', async () => {
    const { places } = stores();
    const [line, subject] = [newLine(), newSubject()];
    const place = placeOf(line, subject, 1);
    await places.put(place, nowMs);
    expect(await places.claim(line, subject, randomUUID(), nowMs)).toEqual({ kind: 'gone' });
    const claims = await Promise.all(
      Array.from({ length: 10 }, () => places.claim(line, subject, place.requestId, nowMs + 5)),
    );
    expect(claims.filter(({ kind }) => kind === 'claimed')).toHaveLength(1);
    expect(claims.filter(({ kind }) => kind === 'claimed-before')).toHaveLength(9);
    expect((await places.find(line, subject))?.claimedAtMs).toBe(nowMs + 5);
    expect(await places.claim(line, newSubject(), place.requestId, nowMs)).toEqual({ kind: 'gone' });
  });

  it('a visitor’s place is bound to one account, however many ask, and never under another request’s name', async () => {
    const { places } = stores();
    const [line, subject] = [newLine(), newSubject()];
    const place = placeOf(line, subject, 1);
    await places.put(place, nowMs);
    expect(await places.bind(line, subject, randomUUID(), 'u.kim')).toBe('gone');
    expect(await places.bind(line, newSubject(), place.requestId, 'u.kim')).toBe('gone');
    const accounts = Array.from({ length: 10 }, (_, i) => `u.account-${i}`);
    const bound = await Promise.all(
      accounts.map((account) => places.bind(line, subject, place.requestId, account)),
    );
    expect(bound.filter((kind) => kind === 'bound')).toHaveLength(1);
    expect(bound.filter((kind) => kind === 'other')).toHaveLength(9);
    const winner = accounts[bound.indexOf('bound')];
    expect((await places.find(line, subject))?.account).toBe(winner);
    expect(await places.bind(line, subject, place.requestId, winner ?? '')).toBe('bound');
  });

  it('a place that shares a number is claimed once its door number is called, not before', async () => {
    const { places } = stores();
    const [line, subject] = [newLine(), newSubject()];
    const place = placeOf(line, subject, 1, { sharesNumber: true });
    const { requestId } = place;
    await places.put(place, nowMs);
    const claim = (doorCalled?: number) => places.claim(line, subject, requestId, nowMs, doorCalled);
    expect(await claim()).toEqual({ kind: 'at-the-door', doorNumber: undefined });
    expect(await claim(99)).toEqual({ kind: 'at-the-door', doorNumber: undefined });
    await places.setDoor(line, subject, randomUUID(), 4);
    await places.setDoor(line, subject, requestId, 5);
    await places.setDoor(line, subject, requestId, 6);
    expect(await claim(4)).toEqual({ kind: 'at-the-door', doorNumber: 5 });
    const claims = await Promise.all(Array.from({ length: 10 }, () => claim(5)));
    expect(claims.filter(({ kind }) => kind === 'claimed')).toHaveLength(1);
    expect(claims.filter(({ kind }) => kind === 'claimed-before')).toHaveLength(9);
  });

  it('one request at a time takes a place’s door number, and another may after its time-out', async () => {
    const { places } = stores();
    const [line, subject] = [newLine(), newSubject()];
    const place = placeOf(line, subject, 1, { sharesNumber: true });
    await places.put(place, nowMs);
    const start = (atMs: number) => places.startDoor(line, subject, place.requestId, atMs);
    const started = await Promise.all(Array.from({ length: 10 }, () => start(nowMs)));
    expect(started.filter(Boolean)).toHaveLength(1);
    expect(await start(nowMs + doorStartMs - 1)).toBe(false);
    expect(await start(nowMs + doorStartMs)).toBe(true);
    await places.setDoor(line, subject, place.requestId, 1);
    expect(await start(nowMs + 2 * doorStartMs)).toBe(false);
    expect(await places.startDoor(line, newSubject(), place.requestId, nowMs)).toBe(false);
  });

  it('door numbers are given out once each, and the last number of a shard is current', async () => {
    const { counters } = stores();
    const line = newLine();
    expect(await counters.doorGiven(line)).toBe(0);
    const given = await Promise.all(Array.from({ length: 20 }, () => counters.allocateDoor(line)));
    expect(given.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, i) => i + 1));
    expect(await counters.doorGiven(line)).toBe(20);
    expect(await counters.lastNumber(line, 1)).toBe(0);
    await counters.allocate(line, 1);
    expect(await counters.lastNumber(line, 1)).toBe(1);
  });

  it('numbers of a shard are given out once each, without a gap', async () => {
    const { counters } = stores();
    const line = newLine();
    const given = await Promise.all(Array.from({ length: 50 }, () => counters.allocate(line, 2)));
    expect(given.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 50 }, (_, i) => i + 1));
    await counters.allocate(line, 0);
    expect(await counters.issued(line, 4)).toEqual([1, 0, 50, 0]);
    expect(await counters.issued({ ...line, generation: 2 }, 4)).toEqual([0, 0, 0, 0]);
  });

  it('claims are counted over all shards', async () => {
    const { counters } = stores();
    const line = newLine();
    await Promise.all([0, 1, 1, 63].map((shard) => counters.addClaimed(line, shard)));
    expect(await counters.claimedTotal(line, 64)).toBe(4);
  });

  it('a line is made once', async () => {
    const { counters } = stores();
    const line = newLine();
    expect(await counters.serving(line, 'latest')).toBeUndefined();
    const states = Array.from({ length: 8 }, (_, i) => initialServing(i + 1, nowMs));
    const made = await Promise.all(states.map((state) => counters.createServing(line, state)));
    expect(made.filter(Boolean)).toHaveLength(1);
    expect(await counters.serving(line, 'latest')).toEqual(states[made.indexOf(true)]);
  });

  it('of many advances from one version exactly one is stored', async () => {
    const { counters } = stores();
    const line = newLine();
    const first = initialServing(2, nowMs);
    await counters.createServing(line, first);
    const next = Array.from({ length: 10 }, (_, i) => ({ ...first, version: 2, updatedAtMs: nowMs + i }));
    const stored = await Promise.all(next.map((state) => counters.replaceServing(line, state)));
    expect(stored.filter(Boolean)).toHaveLength(1);
    expect(await counters.serving(line, 'latest')).toEqual(next[stored.indexOf(true)]);
    expect(await counters.replaceServing(line, { ...first, version: 2 })).toBe(false);
  });

  it('capacity is what tier 2 published last, and unknown before', async () => {
    const { counters, setCapacity } = stores();
    const line = newLine();
    expect(await counters.capacity(line)).toBeUndefined();
    const capacity = { free: 10, active: 90, queued: 3, updatedAtMs: nowMs };
    await setCapacity(line, capacity);
    expect(await counters.capacity(line)).toEqual(capacity);
  });
}
