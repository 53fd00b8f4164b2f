import { DeleteCommand, GetCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { publicHalves } from '#adapters/access/key-source.ts';
import { createLastGoodKeeper } from '#adapters/dynamodb/events/last-good.ts';
import { createEventStore } from '#adapters/dynamodb/events/store.ts';
import { createCounterStore } from '#adapters/dynamodb/line/counters.ts';
import { createPlaceStore } from '#adapters/dynamodb/line/places.ts';
import type { EdgeConfig } from '#contract/edge-config.ts';
import { lastGoodId, tableName } from '#contract/tables.ts';
import { total } from '#core/line/position.ts';
import { makeHandler as makeCatalogue } from '../../../functions/catalogue/handler.ts';
import { runCycle } from '../../../functions/counter-advancer/cycle.ts';
import type { AdvancerDeps } from '../../../functions/counter-advancer/deps.ts';
import { LiveEvents } from '../../../functions/worker-runtime/live-events.ts';
import {
  cookiesOf,
  countingTelemetry,
  createTestApi,
  fixedKeys,
  lambdaContext,
  testEvent,
} from '../../support/line/vwr-api.ts';
import { startDynamodb, type TestDynamodb } from '../../support/servers/dynamodb.ts';

let dynamodb: TestDynamodb;
let table: string;
let environments = 0;
let nowMs = Date.parse('2026-06-01T10:00:00Z');
beforeAll(async () => {
  dynamodb = await startDynamodb();
});
afterAll(() => dynamodb.stop());
beforeEach(async () => {
  environments += 1;
  await dynamodb.createTables(`fallback${environments}`);
  table = tableName(`fallback${environments}`, 'events');
});

const storeOf = () => createEventStore(dynamodb.documents, table, () => nowMs);
/** A cycle of an advancer of its own. */
const cycle = (...eventIds: string[]) =>
  createLastGoodKeeper(dynamodb.documents, table, () => nowMs).keep(eventIds);
/** An edit in the console; undefined deletes the attribute. */
const edit = (eventId: string, attribute: string, value: unknown) =>
  dynamodb.documents.send(
    new UpdateCommand({
      TableName: table,
      Key: { eventId },
      UpdateExpression: value === undefined ? 'REMOVE #a' : 'SET #a = :v',
      ExpressionAttributeNames: { '#a': attribute },
      ...(value === undefined ? {} : { ExpressionAttributeValues: { ':v': value } }),
    }),
  );
const itemOf = async (eventId: string) =>
  (await dynamodb.documents.send(new GetCommand({ TableName: table, Key: { eventId } }))).Item;

const slips: [attribute: string, value: unknown][] = [
  ['isPaused', 'true'],
  ['threshold', -1],
  ['opensAt', ''],
  ['ratePerMinute', undefined],
  ['claimWindowSeconds', undefined],
  ['isActive', undefined],
];

describe('an event with an item that a slip has made unusable', () => {
  it.each(slips)(
    'keeps its state from before %s became %j, also for a newly started reader',
    async (name, value) => {
      const event = testEvent({ eventId: 'sale', threshold: 7, ratePerMinute: 120 });
      await storeOf().create(event);
      await cycle('sale');
      await edit('sale', name, value);
      await cycle('sale');
      expect(await storeOf().get('sale')).toEqual(event);
      const live = await storeOf().listLive();
      expect(live.events).toEqual([event]);
      expect(live.invalid).toMatchObject([
        {
          eventId: 'sale',
          unusableSince: new Date(nowMs).toISOString(),
          runsOn: new Date(nowMs).toISOString(),
          problems: [{ attribute: name, value: value === undefined ? undefined : JSON.stringify(value) }],
        },
      ]);
      const worker = new LiveEvents(storeOf(), () => nowMs);
      expect(await worker.get('sale')).toEqual(event);
      await worker.refresh();
      expect(worker.all()).toEqual([event]);
    },
  );

  it('is served by the waiting room, the catalogue and the advancer as before', async () => {
    await storeOf().create(testEvent({ eventId: 'sale' }));
    const around = await surroundings();
    await around.cycle();
    for (const [name, value] of slips) {
      const good = (await itemOf('sale'))?.[name];
      await edit('sale', name, value);
      const api = around.freshApi();
      const joined = await api.assign('sale');
      expect([name, joined.statusCode]).toEqual([name, 200]);
      const { requestId } = JSON.parse(joined.body);
      expect((await api.status('sale')).statusCode).toBe(200);
      const checked = await api.check('sale', requestId, { cookies: cookiesOf(joined) });
      expect(JSON.parse(checked.body)).toMatchObject({ state: 'waiting' });
      for (const path of ['/api/v1/events', '/api/v1/events/{eventId}'])
        expect((await around.catalogue(path)).body).toContain('"eventId":"sale"');
      const called = await around.called();
      nowMs += 10_000;
      await around.cycle();
      expect([name, await around.called()]).toEqual([name, called + 1]);
      expect(around.published()?.events.sale).toEqual({ generation: 1, gated: true, mode: 'both' });
      await edit('sale', name, good);
    }
    expect(around.telemetry.lines.join('\n')).toContain('isPaused: ');
    expect(around.telemetry.lines.join('\n')).toContain('(it is \\"true\\")');
    expect(around.telemetry.lines.join('\n')).toMatch(/ratePerMinute: [^"]*\(it is missing\)/);
  });

  it('can still be paused, ended and reset by its item, and accepts no pass of an older line', async () => {
    await storeOf().create(testEvent({ eventId: 'sale' }));
    await cycle('sale');
    await edit('sale', 'threshold', -1);
    await edit('sale', 'generation', 3);
    expect(await storeOf().get('sale')).toMatchObject({ generation: 3, isPaused: false, threshold: 1000 });
    await edit('sale', 'generation', 'three');
    await edit('sale', 'isPaused', true);
    expect(await storeOf().get('sale')).toMatchObject({ generation: 1, isPaused: true });
    await edit('sale', 'isActive', false);
    expect(await storeOf().get('sale')).toMatchObject({ isActive: true });
    await edit('sale', 'onSale', undefined);
    expect((await storeOf().get('sale'))?.onSale).toBeUndefined();
    expect((await storeOf().listLive()).events).toEqual([]);
  });

  it('never returns to the line before a reset', async () => {
    await storeOf().create(testEvent({ eventId: 'sale' }));
    await cycle('sale');
    await storeOf().reset('sale', 1, { by: 'kim', reason: 'wrong date' });
    await cycle('sale');
    await edit('sale', 'generation', 1);
    await edit('sale', 'isPaused', 'true');
    expect(await storeOf().get('sale')).toMatchObject({ generation: 2 });
  });

  it('is refused as unavailable, not as a server error, before its first usable item', async () => {
    await storeOf().create(testEvent({ eventId: 'sale' }));
    await edit('sale', 'threshold', -1);
    await cycle('sale');
    await expect(storeOf().get('sale')).rejects.toMatchObject({ code: 'UNAVAILABLE', retryAfterSeconds: 10 });
    expect((await storeOf().listLive()).events).toEqual([]);
    const { freshApi } = await surroundings();
    expect((await freshApi().status('sale')).statusCode).toBe(503);
    expect(await storeOf().inspect('sale')).toMatchObject({
      event: undefined,
      invalid: { runsOn: undefined, unusableSince: new Date(nowMs).toISOString() },
    });
  });

  it('is repaired by a change that makes its item usable; another change is stored and reports the remaining problems', async () => {
    await storeOf().create(testEvent({ eventId: 'sale' }));
    await cycle('sale');
    await edit('sale', 'threshold', -1);
    await edit('sale', 'ratePerMinute', undefined);
    await expect(storeOf().update('sale', { threshold: 9 })).rejects.toMatchObject({
      code: 'UNPROCESSABLE',
      details: [{ attribute: 'ratePerMinute' }],
    });
    expect(await storeOf().update('sale', { ratePerMinute: 60 })).toMatchObject({
      threshold: 9,
      ratePerMinute: 60,
      revision: 2,
    });
    await cycle('sale');
    expect(await storeOf().inspect('sale')).toMatchObject({
      event: { threshold: 9, revision: 2 },
      invalid: undefined,
    });
    await edit('sale', 'threshold', 'nine');
    expect(await storeOf().get('sale')).toMatchObject({ threshold: 9 });
  });

  it('ends when its item is deleted', async () => {
    await storeOf().create(testEvent({ eventId: 'sale' }));
    await cycle('sale');
    await dynamodb.documents.send(new DeleteCommand({ TableName: table, Key: { eventId: 'sale' } }));
    expect(await storeOf().get('sale')).toBeUndefined();
    await cycle('sale');
    expect((await storeOf().listLive()).events).toEqual([]);
  });
});

describe('an item of another release', () => {
  it('is usable if it is newer, and keeps unknown attributes, also in its copy', async () => {
    await storeOf().create(testEvent({ eventId: 'sale' }));
    await edit('sale', 'seatColour', { nested: ['blue'] });
    await cycle('sale');
    expect(await storeOf().get('sale')).toEqual(testEvent({ eventId: 'sale' }));
    await storeOf().update('sale', { isPaused: true });
    expect(await itemOf('sale')).toMatchObject({ seatColour: { nested: ['blue'] }, isPaused: true });
    expect((await itemOf(lastGoodId('sale')))?.state).toMatchObject({ seatColour: { nested: ['blue'] } });
  });

  it('is usable if it is older, without the later attributes', async () => {
    await storeOf().create(testEvent({ eventId: 'sale' }));
    for (const name of ['isDraft', 'revision', 'prices']) await edit('sale', name, undefined);
    expect(await storeOf().get('sale')).toMatchObject({ isDraft: false, revision: 0, prices: [] });
    expect(await storeOf().update('sale', { isPaused: true })).toMatchObject({ revision: 1 });
  });
});

describe('the copy of a usable state', () => {
  it('is written once per change, however many advancers read it', async () => {
    await storeOf().create(testEvent({ eventId: 'sale' }));
    await Promise.all(Array.from({ length: 8 }, () => cycle('sale')));
    expect(await itemOf(lastGoodId('sale'))).toMatchObject({ version: 1 });
    await storeOf().update('sale', { isPaused: true });
    await Promise.all(Array.from({ length: 8 }, () => cycle('sale')));
    expect(await itemOf(lastGoodId('sale'))).toMatchObject({ version: 2, state: { isPaused: true } });
  });

  it('is not replaced by an advancer that read the item earlier', async () => {
    await storeOf().create(testEvent({ eventId: 'sale' }));
    await cycle('sale');
    await storeOf().update('sale', { threshold: 5 });
    // The slow advancer has read, and is blocked before it writes.
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const slow = createLastGoodKeeper({ send: sendingAfter(held) } as never, table, () => nowMs).keep([
      'sale',
    ]);
    await storeOf().update('sale', { threshold: 6 });
    await cycle('sale');
    release();
    await slow;
    expect((await itemOf(lastGoodId('sale')))?.state).toMatchObject({ threshold: 6 });
  });

  it('is kept for each of many events', async () => {
    const ids = Array.from({ length: 120 }, (_, i) => `event-${i}`);
    for (const eventId of ids) await storeOf().create(testEvent({ eventId }));
    await cycle(...ids);
    for (const eventId of ids) expect(await itemOf(lastGoodId(eventId))).toMatchObject({ version: 1 });
    // The index of live events contains no copy.
    expect((await storeOf().listLive()).invalid).toEqual([]);
  });
});

/** Sends reads at once, and delays a write. */
const sendingAfter = (held: Promise<void>) => async (command: { constructor: { name: string } }) => {
  if (command.constructor.name === 'PutCommand') await held;
  return dynamodb.documents.send(command as never);
};

/** All parts of tier 1 around the table, with new readers. */
async function surroundings() {
  const name = `fallback${environments}`;
  const counters = createCounterStore(dynamodb.documents, tableName(name, 'counters'));
  const keys = await fixedKeys(nowMs);
  const telemetry = countingTelemetry();
  let published: EdgeConfig | undefined;
  const keepPublished = async (config: EdgeConfig) => {
    published = config;
  };
  const deps: AdvancerDeps = {
    events: storeOf(),
    lastGood: createLastGoodKeeper(dynamodb.documents, table, () => nowMs),
    counters,
    edgeConfig: { get: async () => published, put: keepPublished },
    keys: publicHalves(keys),
    issuer: 'urr-test',
    signIn: async () => ({ issuer: 'https://id.example', clientId: 'site', keys: [] }),
    cycleMs: 10_000,
    telemetry,
    nowMs: () => nowMs,
    sleep: async () => {},
  };
  return {
    telemetry,
    published: () => published,
    cycle: () => runCycle(deps),
    called: async () =>
      total((await counters.serving({ eventId: 'sale', generation: 1 }, 'latest'))?.serving ?? []),
    freshApi: () =>
      createTestApi({
        events: storeOf(),
        places: createPlaceStore(dynamodb.documents, tableName(name, 'positions')),
        counters,
        keys,
        nowMs: () => nowMs,
      }),
    catalogue: (path: string) =>
      makeCatalogue({
        events: storeOf(),
        live: { get: () => storeOf().listLive() },
        statistics: () => Promise.reject(new Error('not asked for')),
        isOriginSecret: async () => true,
        telemetry: countingTelemetry(),
        nowMs: () => nowMs,
      })(
        { routeKey: `GET ${path}`, headers: {}, rawQueryString: '', pathParameters: { eventId: 'sale' } },
        lambdaContext,
      ),
  };
}
