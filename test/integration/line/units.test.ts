import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createEventStore } from '#adapters/dynamodb/events/store.ts';
import { createCounterStore } from '#adapters/dynamodb/line/counters.ts';
import { createPlaceStore } from '#adapters/dynamodb/line/places.ts';
import { tableName } from '#contract/tables.ts';
import { cookiesOf, createTestApi, fixedKeys, testEvent } from '../../support/line/vwr-api.ts';
import { bodyOf } from '../../support/line/waiting-room.ts';
import { startDynamodb, type TestDynamodb } from '../../support/servers/dynamodb.ts';
import { meterUnits } from '../../support/servers/unit-meter.ts';

let dynamodb: TestDynamodb;
const startMs = Date.now();
beforeAll(async () => {
  dynamodb = await startDynamodb();
  await dynamodb.createTables('units');
});
afterAll(() => dynamodb.stop());

/** A new process without a cache, in which a join costs the most. */
async function coldApi() {
  const table = (name: 'events' | 'counters' | 'positions') => tableName('units', name);
  return createTestApi({
    events: createEventStore(dynamodb.documents, table('events'), Date.now),
    counters: createCounterStore(dynamodb.documents, table('counters')),
    places: createPlaceStore(dynamodb.documents, table('positions')),
    keys: await fixedKeys(startMs),
    // The clock stands still, so that no copy expires on a slow machine.
    nowMs: () => startMs,
  });
}

describe('DynamoDB units (F6)', () => {
  it('a join takes at most 3 write and 2 read units, also in a cold process and with 64 shards', async () => {
    await createEventStore(dynamodb.documents, tableName('units', 'events'), Date.now).create(
      testEvent({ eventId: 'sale', shards: 64 }),
    );
    // The line exists: the advancer creates it within a cycle, long before the crowd.
    const first = await (await coldApi()).assign('sale');
    const meter = meterUnits(dynamodb.documents);

    const joined = await (await coldApi()).assign('sale');
    expect(joined.statusCode).toBe(200);
    const fresh = meter.take();
    expect(fresh.writes).toBeGreaterThan(0);
    expect(fresh.writes).toBeLessThanOrEqual(3);
    expect(fresh.reads).toBeLessThanOrEqual(2);

    await (await coldApi()).assign('sale', { cookies: cookiesOf(first) });
    const repeated = meter.take();
    expect(repeated.writes).toBe(0);
    expect(repeated.reads).toBeLessThanOrEqual(2);
    console.info(`units of a join, cold: ${JSON.stringify(fresh)}; of a repeat: ${JSON.stringify(repeated)}`);
  });

  it('a join in a warm process takes two writes, and waiting takes nothing', async () => {
    const api = await coldApi();
    await api.assign('sale');
    const meter = meterUnits(dynamodb.documents);
    const joined = await api.assign('sale');
    expect(meter.take()).toEqual({ writes: 2, reads: 0 });
    const { requestId } = bodyOf(joined);
    await api.check('sale', requestId, { cookies: cookiesOf(joined) });
    await api.status('sale');
    expect(meter.take()).toEqual({ writes: 0, reads: 0 });
  });
});
