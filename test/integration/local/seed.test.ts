import { createServer, type Server } from 'node:http';
import { ScanCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSalesStore } from '#adapters/dynamodb/sale/layouts.ts';
import { eventSchema } from '#contract/event.ts';
import { seatsPerEventMax } from '#contract/sale.ts';
import { salesTableName } from '#contract/sale-tables.ts';
import { tableName } from '#contract/tables.ts';
import { eventState } from '#core/events/state.ts';
import { indexSeats, layoutProblems } from '#core/sale/seat-index.ts';
import { demoEventIds, seedDemo } from '#local/seed.ts';
import { createSalesTables } from '../../support/sale/tables.ts';
import { startDynamodb, type TestDynamodb } from '../../support/servers/dynamodb.ts';

const nowMs = Date.parse('2026-06-01T10:00:00Z');
let dynamodb: TestDynamodb;
let server: Server;
let url: string;
const requests: { path: string; cookie: string | undefined }[] = [];

beforeAll(async () => {
  dynamodb = await startDynamodb();
  server = createServer((incoming, outgoing) => {
    requests.push({ path: `${incoming.method} ${incoming.url}`, cookie: incoming.headers.cookie });
    // Every tenth response is an error, because a temporary failure at the start must not leave the demo without its
    // line.
    outgoing.writeHead(requests.length % 10 === 0 ? 503 : 200).end('{}');
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  url = `http://127.0.0.1:${address.port}`;
});
afterAll(async () => {
  server.close();
  server.closeAllConnections();
  await dynamodb.stop();
});

describe('the seeded demo', () => {
  it('has an event with a line, one that opens in a minute, an arena and one without a waiting room; a second seeding changes nothing', async () => {
    await dynamodb.createTables('seed');
    await createSalesTables(dynamodb.client, 'seed');
    const options = { dynamodbEndpoint: dynamodb.url, environmentName: 'seed', url };

    expect(await seedDemo({ ...options, nowMs })).toEqual({
      created: Object.values(demoEventIds),
      joined: 60,
    });
    const before = requests.length;
    expect(await seedDemo({ ...options, nowMs: nowMs + 5000 })).toEqual({ created: [], joined: 0 });

    expect(requests).toHaveLength(before);
    const { Items } = await dynamodb.documents.send(
      new ScanCommand({ TableName: tableName('seed', 'events') }),
    );
    const events = new Map(
      eventSchema
        .array()
        .parse(Items)
        .map((event) => [event.eventId, event]),
    );
    const stateOf = (id: string, atMs: number) => {
      const event = events.get(id);
      return event && eventState(event, atMs);
    };
    expect(stateOf(demoEventIds.line, nowMs)).toBe('open');
    expect([nowMs, nowMs + 60_000].map((atMs) => stateOf(demoEventIds.soon, atMs))).toEqual([
      'upcoming',
      'open',
    ]);
    expect(stateOf(demoEventIds.open, nowMs)).toBe('inactive');
  });

  it('has seats for every event: numbered seats, standing places, and an arena of 20,000', async () => {
    const sales = createSalesStore(dynamodb.documents, salesTableName('seed', 'sales'));
    const kinds = new Set<string>();
    const counts: Record<string, number> = {};
    for (const eventId of Object.values(demoEventIds)) {
      const layout = await sales.get(eventId);
      if (layout === undefined) throw new Error(`${eventId} has no seats`);
      expect(layoutProblems(layout, seatsPerEventMax)).toEqual([]);
      for (const { kind } of layout.sections) kinds.add(kind);
      counts[eventId] = indexSeats(layout).seatIds.length;
    }
    expect([...kinds].toSorted()).toEqual(['seated', 'standing']);
    expect(counts[demoEventIds.arena]).toBe(20_000);
  });

  it('has a line of visitors with their own identities, who joined over the public API', () => {
    expect(new Set(requests.map(({ path }) => path))).toEqual(
      new Set(['POST /vwr-api/vwr/assign/demo-line']),
    );
    expect(requests.every(({ cookie }) => cookie === undefined)).toBe(true);
  });

  it('reports that no visitor can join', async () => {
    await dynamodb.createTables('seed-broken');
    await createSalesTables(dynamodb.client, 'seed-broken');
    const options = { dynamodbEndpoint: dynamodb.url, environmentName: 'seed-broken', nowMs };

    await expect(seedDemo({ ...options, url: 'http://127.0.0.1:9' })).rejects.toThrow(
      'could not join demo-line',
    );
  });
});
