import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createCounterStore } from '#adapters/dynamodb/line/counters.ts';
import { createPlaceStore } from '#adapters/dynamodb/line/places.ts';
import { capacityCounterId, issuedCounterId, servingCounterId, tableName } from '#contract/tables.ts';
import { initialServing } from '#core/line/serving.ts';
import { lineStoresContract } from '../../contract/line-stores.ts';
import { startDynamodb, type TestDynamodb } from '../../support/servers/dynamodb.ts';

let dynamodb: TestDynamodb;
const counters = tableName('lines', 'counters');
const positions = tableName('lines', 'positions');

beforeAll(async () => {
  dynamodb = await startDynamodb();
  await dynamodb.createTables('lines');
});
afterAll(() => dynamodb.stop());

const stores = () => ({
  places: createPlaceStore(dynamodb.documents, positions),
  counters: createCounterStore(dynamodb.documents, counters),
});

describe('the tables of tier 1', () => {
  lineStoresContract(() => ({
    ...stores(),
    setCapacity: async ({ eventId, generation }, capacity) => {
      const Item = { counterId: capacityCounterId(eventId, generation), ...capacity };
      await dynamodb.documents.send(new PutCommand({ TableName: counters, Item }));
    },
  }));

  it('report the name of a broken item instead of returning a wrong number', async () => {
    const counterId = issuedCounterId('broken', 1, 0);
    await dynamodb.documents.send(
      new PutCommand({ TableName: counters, Item: { counterId, issued: 'twelve' } }),
    );
    await expect(stores().counters.issued({ eventId: 'broken', generation: 1 }, 1)).rejects.toMatchObject({
      code: 'INTERNAL',
      message: `item ${counterId} of table ${counters} is not readable`,
    });
  });

  it('have lines that the previous release can read, because it runs beside this one during a deployment', async () => {
    const line = { eventId: 'canary', generation: 1 };
    await stores().counters.createServing(line, initialServing(2, 1_750_000_000_000));
    const Key = { counterId: servingCounterId(line.eventId, line.generation) };
    const { Item } = await dynamodb.documents.send(new GetCommand({ TableName: counters, Key }));
    // The release before requires these attributes.
    expect(Item).toMatchObject({ pace: [], isRunning: false });
    expect(await stores().counters.serving(line, 'latest')).toEqual(initialServing(2, 1_750_000_000_000));
  });

  it('respond with 503 and Retry-After if DynamoDB does not respond, not with a hang or an empty line', async () => {
    const away = new DynamoDBClient({
      endpoint: 'http://127.0.0.1:1',
      region: 'us-east-1',
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
      maxAttempts: 1,
    });
    const places = createPlaceStore(DynamoDBDocumentClient.from(away), positions);
    const line = { eventId: 'x', generation: 1 };
    await expect(places.find(line, 'v.x')).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      retryAfterSeconds: 5,
    });
    away.destroy();
  });
});
