import { ScanCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createCounterStore } from '#adapters/dynamodb/line/counters.ts';
import { createPlaceStore } from '#adapters/dynamodb/line/places.ts';
import { assignAnswerSchema } from '#contract/line-http.ts';
import { tableName } from '#contract/tables.ts';
import { visitorHeader } from '#contract/tokens.ts';
import { visitorSubject } from '#core/access/subject.ts';
import { placeSchema } from '#core/line/place.ts';
import type { CounterStore, Line } from '#core/line/ports.ts';
import { compareByLevel, type Position } from '#core/line/position.ts';
import { createTestApi, fixedKeys, newVisitorId, testEvent } from '../../support/line/vwr-api.ts';
import { seededRandom } from '../../support/random.ts';
import { startDynamodb, type TestDynamodb } from '../../support/servers/dynamodb.ts';

const joins = 2000;
const callers = 200;
/** Processes share the load like Lambda environments, each with its own order of shards. */
const processes = 8;
const seed = 77;
let dynamodb: TestDynamodb;

beforeAll(async () => {
  dynamodb = await startDynamodb();
  await dynamodb.createTables('joins');
});
afterAll(() => dynamodb.stop());

interface Allocation extends Position {
  readonly startedAt: number;
  readonly endedAt: number;
}

/**
 * Records when each number was requested and returned, on one clock that counts steps, and the number of open requests.
 */
function observed(counters: CounterStore) {
  const allocations: Allocation[] = [];
  const underWay = new Map<number, number>();
  let step = 0;
  let mostUnderWay = 0;
  const watching: CounterStore = {
    ...counters,
    async allocate(line: Line, shard: number) {
      step += 1;
      const startedAt = step;
      underWay.set(shard, (underWay.get(shard) ?? 0) + 1);
      mostUnderWay = Math.max(mostUnderWay, underWay.get(shard) ?? 0);
      const seq = await counters.allocate(line, shard);
      underWay.set(shard, (underWay.get(shard) ?? 0) - 1);
      step += 1;
      allocations.push({ shard, seq, startedAt, endedAt: step });
      return seq;
    },
  };
  return { counters: watching, allocations, mostUnderWay: () => mostUnderWay };
}

async function crowd(eventId: string, shards: number) {
  const random = seededRandom(seed);
  const event = testEvent({ eventId, shards });
  const { counters, allocations, mostUnderWay } = observed(
    createCounterStore(dynamodb.documents, tableName('joins', 'counters')),
  );
  const places = createPlaceStore(dynamodb.documents, tableName('joins', 'positions'));
  const events = { get: async () => event };
  const keys = await fixedKeys(Date.now());
  const apis = Array.from({ length: processes }, () => createTestApi({ events, places, counters, keys }));

  const visitors: string[] = [];
  const answers = new Map<string, Set<string>>();
  let left = joins;
  const caller = async () => {
    while (left > 0) {
      left -= 1;
      // Three in ten joins are repeats, most of them of a visitor whose join is still open.
      const recent = visitors[visitors.length - 1 - Math.floor(random() * Math.min(50, visitors.length))];
      const isRepeat = recent !== undefined && random() < 0.3;
      const visitorId = isRepeat ? recent : newVisitorId();
      if (!isRepeat) visitors.push(visitorId);
      const api = apis[Math.floor(random() * processes)];
      const answer = await api?.assign(eventId, { headers: { [visitorHeader]: visitorId } });
      expect(answer?.statusCode).toBe(200);
      const { requestId, place } = assignAnswerSchema.parse(JSON.parse(answer?.body ?? ''));
      const seen = answers.get(visitorId) ?? new Set();
      answers.set(visitorId, seen.add(`${requestId} ${place.shard} ${place.seq}`));
    }
  };
  await Promise.all(Array.from({ length: callers }, caller));
  return {
    visitors,
    answers,
    allocations,
    mostUnderWay: mostUnderWay(),
    stored: await storedPlaces(eventId),
  };
}

async function storedPlaces(eventId: string) {
  const stored = [];
  let start: Record<string, unknown> | undefined;
  do {
    const page = await dynamodb.documents.send(
      new ScanCommand({ TableName: tableName('joins', 'positions'), ExclusiveStartKey: start }),
    );
    for (const { placeId: _key, ...item } of page.Items ?? []) stored.push(placeSchema.parse(item));
    start = page.LastEvaluatedKey;
  } while (start !== undefined);
  return stored.filter((place) => place.eventId === eventId);
}

/** Returns the largest number of places that were given before one was requested, and are yet behind it. */
function mostOvertaken(allocations: readonly Allocation[]): number {
  return allocations.reduce((most, own) => {
    const overtaken = allocations.filter(
      (other) => other.endedAt < own.startedAt && compareByLevel(own, other) < 0,
    );
    return Math.max(most, overtaken.length);
  }, 0);
}

describe.each([1, 16])('2,000 joins from 200 parallel callers, %i shard(s)', (shards) => {
  const eventId = `crowd-${shards}`;
  let result: Awaited<ReturnType<typeof crowd>>;
  beforeAll(async () => {
    result = await crowd(eventId, shards);
  });

  it('give each identity one place, which every repeat returns', () => {
    expect(result.visitors.length).toBeGreaterThan(1000);
    expect(result.visitors.length).toBeLessThan(joins);
    for (const visitor of result.visitors) expect(result.answers.get(visitor)?.size).toBe(1);
    const subjects = result.stored.map(({ subject }) => subject);
    expect(new Set(subjects)).toEqual(new Set(result.visitors.map(visitorSubject)));
    expect(subjects).toHaveLength(result.visitors.length);
    // Repeats did race: some allocated a number before they found the place.
    expect(result.allocations.length).toBeGreaterThan(result.stored.length);
  });

  it('use no position twice and lose no returned position', () => {
    const positions = result.stored.map(({ shard, seq }) => `${shard} ${seq}`);
    expect(new Set(positions).size).toBe(positions.length);
    const stored = new Set(result.stored.map((p) => `${p.requestId} ${p.shard} ${p.seq}`));
    for (const answers of result.answers.values()) for (const one of answers) expect(stored).toContain(one);
    const numbers = result.allocations.map(({ shard, seq }) => `${shard} ${seq}`);
    expect(new Set(numbers).size).toBe(numbers.length);
  });

  it('let nobody be overtaken by more than (shards - 1) × (processes + pending allocations of a shard)', () => {
    const bound = (shards - 1) * (processes + result.mostUnderWay);
    const most = mostOvertaken(result.allocations);
    console.info(`${shards} shard(s): most overtaken ${most}, bound ${bound}, ${processes} processes`);
    expect(most).toBeLessThanOrEqual(bound);
    if (shards === 1) expect(most).toBe(0);
  });
});
