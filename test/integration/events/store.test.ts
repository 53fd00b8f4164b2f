import { PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createEventStore } from '#adapters/dynamodb/events/store.ts';
import { tableName } from '#contract/tables.ts';
import { testEvent } from '../../support/line/vwr-api.ts';
import { startDynamodb, type TestDynamodb } from '../../support/servers/dynamodb.ts';

let dynamodb: TestDynamodb;
let nowMs = Date.parse('2026-06-01T10:00:00Z');
beforeAll(async () => {
  dynamodb = await startDynamodb();
});
afterAll(() => dynamodb.stop());

let environments = 0;
/** Returns a store with its own tables. */
async function freshStore() {
  environments += 1;
  const name = `events${environments}`;
  await dynamodb.createTables(name);
  const table = tableName(name, 'events');
  nowMs += 1000;
  return { table, store: createEventStore(dynamodb.documents, table, () => nowMs) };
}

describe('events in DynamoDB', () => {
  it('an event is created once and read back unchanged', async () => {
    const { store } = await freshStore();
    const event = testEvent({ eventId: 'sale', opensAt: '2026-06-02T10:00:00+09:00', messageKo: '안내' });
    await store.create(event);
    expect(await store.get('sale')).toEqual(event);
    expect(await store.get('nothing')).toBeUndefined();
    await expect(store.create(event)).rejects.toMatchObject({ code: 'CONFLICT' });
  });

  it('a change changes the given attributes and no others', async () => {
    const { store } = await freshStore();
    const event = testEvent({ eventId: 'sale', shards: 4, messageKo: '안내' });
    await store.create(event);
    const changed = await store.update('sale', { ratePerMinute: 60, messageKo: null, isPaused: true });
    const { messageKo: _gone, ...rest } = event;
    expect(changed).toEqual({
      ...rest,
      ratePerMinute: 60,
      isPaused: true,
      revision: 1,
      updatedAt: new Date(nowMs).toISOString(),
    });
    expect(await store.get('sale')).toEqual(changed);
  });

  it('a change that makes the event invalid, or that changes its identity, is refused', async () => {
    const { store } = await freshStore();
    await store.create(testEvent({ eventId: 'sale' }));
    for (const patch of [
      { ratePerMinute: -1 },
      { titleKo: null },
      { isActive: null },
      { generation: 9 },
      { nonsense: 1 },
    ])
      await expect(async () => store.update('sale', patch as never)).rejects.toMatchObject({
        code: 'BAD_REQUEST',
      });
    await expect(store.update('nothing', { isPaused: true })).rejects.toMatchObject({
      code: 'EVENT_NOT_FOUND',
    });
  });

  it('of two organizers who read the same state, the second gets a conflict', async () => {
    const { store } = await freshStore();
    const event = testEvent({ eventId: 'sale' });
    await store.create(event);
    await store.update('sale', { ratePerMinute: 1 }, event.updatedAt);
    await expect(store.update('sale', { ratePerMinute: 2 }, event.updatedAt)).rejects.toMatchObject({
      code: 'CONFLICT',
    });
    expect((await store.get('sale'))?.ratePerMinute).toBe(1);
  });

  it('concurrent resets raise the generation once, and record the operator and the reason', async () => {
    const { store } = await freshStore();
    await store.create(testEvent({ eventId: 'sale' }));
    const resets = await Promise.allSettled(
      Array.from({ length: 5 }, () => store.reset('sale', 1, { by: 'kim', reason: 'wrong date', shards: 8 })),
    );
    expect(resets.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(await store.get('sale')).toMatchObject({
      generation: 2,
      shards: 8,
      resetBy: 'kim',
      resetReason: 'wrong date',
      resetAt: new Date(nowMs).toISOString(),
    });
  });

  it('live events are listed over many pages; a closed one is not, until it is opened again', async () => {
    const { store } = await freshStore();
    const ids = Array.from({ length: 230 }, (_, i) => `event-${i}`);
    for (const eventId of ids) await store.create(testEvent({ eventId }));
    await store.close('event-7');
    const live = await store.listLive();
    expect(live.events.map(({ eventId }) => eventId).sort()).toEqual(
      ids.filter((id) => id !== 'event-7').sort(),
    );
    expect(live).toMatchObject({ invalid: [], isTruncated: false });
    await store.update('event-7', { onSale: 'live' });
    expect((await store.listLive()).events).toHaveLength(230);
  });

  it('an item broken in the console is listed with its problems, and hides no other', async () => {
    const { store, table } = await freshStore();
    await store.create(testEvent({ eventId: 'good' }));
    await store.create(testEvent({ eventId: 'bad' }));
    const slip = new UpdateCommand({
      TableName: table,
      Key: { eventId: 'bad' },
      UpdateExpression: 'SET ratePerMinute = :text',
      ExpressionAttributeValues: { ':text': '3000' },
    });
    await dynamodb.documents.send(slip);
    await dynamodb.documents.send(
      new PutCommand({ TableName: table, Item: { eventId: 'NOT AN ID', onSale: 'live' } }),
    );
    const { events, invalid } = await store.listLive();
    expect(events.map(({ eventId }) => eventId)).toEqual(['good']);
    expect(invalid.map(({ eventId }) => eventId).sort()).toEqual(['bad', undefined]);
    expect(invalid.find(({ eventId }) => eventId === 'bad')?.problems[0]).toMatchObject({
      attribute: 'ratePerMinute',
      value: '"3000"',
    });
    await expect(store.get('bad')).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  });

  it('an edit of one flag in the console is enough to switch it', async () => {
    const { store, table } = await freshStore();
    await store.create(testEvent({ eventId: 'sale' }));
    const flip = new UpdateCommand({
      TableName: table,
      Key: { eventId: 'sale' },
      UpdateExpression: 'SET isActive = :off',
      ExpressionAttributeValues: { ':off': false },
    });
    await dynamodb.documents.send(flip);
    expect((await store.listLive()).events[0]?.isActive).toBe(false);
  });
});
