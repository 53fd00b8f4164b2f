import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { ScanCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createCounterStore } from '#adapters/dynamodb/line/counters.ts';
import { assignAnswerSchema } from '#contract/line-http.ts';
import { tableName } from '#contract/tables.ts';
import { visitorSubject } from '#core/access/subject.ts';
import { placeSchema } from '#core/line/place.ts';
import { total } from '#core/line/position.ts';
import { newVisitorId } from '../support/line/vwr-api.ts';
import { seededRandom } from '../support/random.ts';
import { startDynamodb, type TestDynamodb } from '../support/servers/dynamodb.ts';

const eventId = 'killed';
const shards = 4;
const visitors = Array.from({ length: 400 }, newVisitorId);
/**
 * Runs that are killed, each after some responses and at a random moment of the next one. Later runs are not killed.
 */
const killsMax = 12;
const random = seededRandom(5);
const child = fileURLToPath(new URL('../support/line/join-child.ts', import.meta.url));
let dynamodb: TestDynamodb;

beforeAll(async () => {
  dynamodb = await startDynamodb();
  await dynamodb.createTables('killed');
});
afterAll(() => dynamodb.stop());

/** Runs the API in a process for the visitors without a response. Kills it after `answersMax` responses. */
async function run(names: readonly string[], answersMax: number, onAnswer: (line: string) => void) {
  const process_ = spawn(process.execPath, [child, 'killed', eventId, String(shards), ...names], {
    env: {
      PATH: process.env.PATH,
      AWS_ENDPOINT_URL_DYNAMODB: dynamodb.url,
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const closed = once(process_, 'close');
  let answers = 0;
  for await (const line of createInterface({ input: process_.stdout })) {
    if (answers >= answersMax) break;
    onAnswer(line);
    answers += 1;
    if (answers === answersMax) process_.kill('SIGKILL');
  }
  process_.kill('SIGKILL');
  await closed;
}

describe('a process of the API that is killed at random between allocation and storage', () => {
  it('loses no visitor who retries: one place each, no position twice, every response still true', async () => {
    const answers = new Map<string, string>();
    const note = (line: string) => {
      const [status, visitor = '', body = ''] = line.split(/ (.*?) (.*)/s);
      // On a slow machine the tables respond late, and the visitor tries again.
      if (status === '503') return;
      expect(status).toBe('200');
      const { requestId, place } = assignAnswerSchema.parse(JSON.parse(body));
      answers.set(visitor, `${requestId} ${place.shard} ${place.seq}`);
    };
    let kills = 0;
    while (answers.size < visitors.length) {
      const unanswered = visitors.filter((visitor) => !answers.has(visitor));
      if (kills === killsMax) {
        await run(unanswered, unanswered.length, note);
        expect(answers.size).toBeGreaterThan(visitors.length - unanswered.length);
      } else {
        await run(unanswered, 1 + Math.floor(random() * 40), note);
        kills += 1;
      }
    }

    const { Items = [] } = await dynamodb.documents.send(
      new ScanCommand({ TableName: tableName('killed', 'positions') }),
    );
    const stored = Items.map(({ placeId: _key, ...item }) => placeSchema.parse(item));
    expect(stored.map(({ subject }) => subject).sort()).toEqual(visitors.map(visitorSubject).sort());
    expect(new Set(stored.map(({ shard, seq }) => `${shard} ${seq}`)).size).toBe(visitors.length);
    const held = new Set(stored.map((p) => `${p.requestId} ${p.shard} ${p.seq}`));
    for (const answer of answers.values()) expect(held).toContain(answer);

    // The kills did hit the gap: numbers were lost there, and nothing else.
    const counters = createCounterStore(dynamodb.documents, tableName('killed', 'counters'));
    const issued = total(await counters.issued({ eventId, generation: 1 }, shards));
    console.info(`${kills} kills, ${visitors.length} visitors, ${issued - visitors.length} numbers burnt`);
    expect(issued).toBeGreaterThan(visitors.length);
  });
});
