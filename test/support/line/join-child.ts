import { setTimeout as sleep } from 'node:timers/promises';
import { createDocumentClient } from '#adapters/dynamodb/client.ts';
import { createCounterStore } from '#adapters/dynamodb/line/counters.ts';
import { createPlaceStore } from '#adapters/dynamodb/line/places.ts';
import { tableName } from '#contract/tables.ts';
import { visitorHeader } from '#contract/tokens.ts';
import { createTestApi, fixedKeys, testEvent } from './vwr-api.ts';

/**
 * The waiting room's API in a process of its own, which a test kills. It joins the visitors in its arguments
 * concurrently, and prints each response as a line. AWS_ENDPOINT_URL_DYNAMODB is the address of the tables.
 */
const [environmentName = '', eventId = '', shards = '1', ...visitors] = process.argv.slice(2);
const client = createDocumentClient();
const places = createPlaceStore(client, tableName(environmentName, 'positions'));
const event = testEvent({ eventId, shards: Number(shards) });
const api = createTestApi({
  events: { get: async () => event },
  // A pause between allocation and storage, so that a kill hits many joins in that gap.
  places: {
    ...places,
    put: async (...args) => {
      await sleep(Math.random() * 60);
      return places.put(...args);
    },
  },
  counters: createCounterStore(client, tableName(environmentName, 'counters')),
  keys: await fixedKeys(Date.now()),
});

const queue = visitors.values();
const worker = async () => {
  for (const visitor of queue) {
    const answer = await api.assign(eventId, { headers: { [visitorHeader]: visitor } });
    process.stdout.write(`${answer.statusCode} ${visitor} ${answer.body}\n`);
  }
};
await Promise.all(Array.from({ length: 20 }, worker));
