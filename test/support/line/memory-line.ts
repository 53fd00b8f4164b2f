import { placeId } from '#contract/tables.ts';
import type { PublishedCapacity } from '#core/line/observed-queue.ts';
import type { Place } from '#core/line/place.ts';
import {
  type CounterStore,
  doorStartMs,
  type Line,
  type NetworkTally,
  type PlaceStore,
} from '#core/line/ports.ts';
import type { ServingState } from '#core/line/serving.ts';

/**
 * Tier 1's stores in memory, for tests of rules and for simulations. They pass the same suite as the DynamoDB adapters
 * (test/contract/line-stores.ts). Each operation is atomic and resolves in a later microtask, as with a table.
 */
interface MemoryLine {
  readonly places: PlaceStore;
  readonly counters: CounterStore;
  readonly tally: NetworkTally;
  readonly stored: ReadonlyMap<string, Place>;
  setCapacity(line: Line, capacity: PublishedCapacity): void;
}

export function createMemoryLine(): MemoryLine {
  const stored = new Map<string, Place>();
  const numbers = new Map<string, number>();
  const states = new Map<string, ServingState>();
  const capacities = new Map<string, PublishedCapacity>();
  const lineKey = ({ eventId, generation }: Line) => `${eventId}#${generation}`;
  const add = (key: string) => {
    const next = (numbers.get(key) ?? 0) + 1;
    numbers.set(key, next);
    return next;
  };
  const perShard = (kind: string, line: Line, shards: number) =>
    Array.from({ length: shards }, (_, shard) => numbers.get(`${kind}#${lineKey(line)}#${shard}`) ?? 0);

  const places: PlaceStore = {
    find: async (line, subject) => stored.get(placeId(line.eventId, line.generation, subject)),
    put: async (place, nowMs, replaces) => {
      const key = placeId(place.eventId, place.generation, place.subject);
      const old = stored.get(key);
      const isInTheWay =
        old !== undefined && old.expiresAt > Math.floor(nowMs / 1000) && old.requestId !== replaces;
      if (isInTheWay) return { kind: 'existing', place: old };
      stored.set(key, place);
      return { kind: 'stored' };
    },
    renew: async (line, subject, requestId, expiresAt) => {
      const key = placeId(line.eventId, line.generation, subject);
      const place = stored.get(key);
      if (place?.requestId === requestId && place.expiresAt < expiresAt)
        stored.set(key, { ...place, expiresAt });
    },
    claim: async (line, subject, requestId, nowMs, doorCalled = 0) => {
      const key = placeId(line.eventId, line.generation, subject);
      const place = stored.get(key);
      if (place?.requestId !== requestId) return { kind: 'gone' };
      if (place.claimedAtMs !== undefined) return { kind: 'claimed-before' };
      const { sharesNumber, doorNumber } = place;
      if (sharesNumber === true && (doorNumber === undefined || doorNumber > doorCalled))
        return { kind: 'at-the-door', doorNumber };
      stored.set(key, { ...place, claimedAtMs: nowMs });
      return { kind: 'claimed' };
    },
    startDoor: async (line, subject, requestId, nowMs) => {
      const key = placeId(line.eventId, line.generation, subject);
      const place = stored.get(key);
      if (place?.requestId !== requestId || place.doorNumber !== undefined) return false;
      if (place.doorStartedAtMs !== undefined && place.doorStartedAtMs > nowMs - doorStartMs) return false;
      stored.set(key, { ...place, doorStartedAtMs: nowMs });
      return true;
    },
    setDoor: async (line, subject, requestId, doorNumber) => {
      const key = placeId(line.eventId, line.generation, subject);
      const place = stored.get(key);
      const mayHave = place?.requestId === requestId && place.sharesNumber === true;
      if (mayHave && place.doorNumber === undefined) stored.set(key, { ...place, doorNumber });
    },
    bind: async (line, subject, requestId, account) => {
      const key = placeId(line.eventId, line.generation, subject);
      const place = stored.get(key);
      if (place?.requestId !== requestId) return 'gone';
      if (place.account !== undefined && place.account !== account) return 'other';
      stored.set(key, { ...place, account });
      return 'bound';
    },
  };

  const counters: CounterStore = {
    allocate: async (line, shard) => add(`issued#${lineKey(line)}#${shard}`),
    lastNumber: async (line, shard) => numbers.get(`issued#${lineKey(line)}#${shard}`) ?? 0,
    allocateDoor: async (line) => add(`door#${lineKey(line)}`),
    doorGiven: async (line) => numbers.get(`door#${lineKey(line)}`) ?? 0,
    addClaimed: async (line, shard) => {
      add(`claimed#${lineKey(line)}#${shard}`);
    },
    issued: async (line, shards) => perShard('issued', line, shards),
    claimedTotal: async (line, shards) => perShard('claimed', line, shards).reduce((sum, n) => sum + n, 0),
    serving: async (line) => states.get(lineKey(line)),
    createServing: async (line, state) => {
      if (states.has(lineKey(line))) return false;
      states.set(lineKey(line), state);
      return true;
    },
    replaceServing: async (line, next) => {
      if (states.get(lineKey(line))?.version !== next.version - 1) return false;
      states.set(lineKey(line), next);
      return true;
    },
    capacity: async (line) => capacities.get(lineKey(line)),
  };

  return {
    places,
    counters,
    tally: {
      add: async (key, joins) => {
        const name = `network#${key}`;
        const sum = (numbers.get(name) ?? 0) + joins;
        numbers.set(name, sum);
        return sum;
      },
    },
    stored,
    setCapacity: (line, capacity) => {
      capacities.set(lineKey(line), capacity);
    },
  };
}
