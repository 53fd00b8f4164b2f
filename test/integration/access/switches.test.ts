import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openHintCookie } from '#contract/tokens.ts';
import { clientOptions } from '#local/resources/clients.ts';
import { status } from '../../e2e/support/line.ts';
import { type Site, startSite } from '../../e2e/support/site.ts';
import { HttpClient } from '../../support/http/client.ts';
import { CookieJar } from '../../support/http/cookie-jar.ts';
import { until } from '../../support/time/patience.ts';
import { type PassHolder, standUntilAdmitted, visitQueue } from './pass-holder.ts';

const run = promisify(execFile);
const program = join(import.meta.dirname, '../../../bin/urr.ts');
const lookEveryMs = 250;
/** A switch takes effect within 20 s. Counted in polls, because a poll takes longer on a slow machine. */
const looksMax = 20_000 / lookEveryMs;

let site: Site;
let client: HttpClient;
let tables: DynamoDBDocumentClient;
let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'urr-switches-'));
  // The template's cycle, not a shorter one, because this test measures the time of a switch.
  site = await startSite({ cycleSeconds: undefined, stateFile: join(directory, 'local.json') });
  client = new HttpClient(site.url);
  tables = DynamoDBDocumentClient.from(
    new DynamoDBClient(clientOptions(site.system.endpoints.dynamodb, 'ap-northeast-2')),
  );
  for (const eventId of ['by-sdk', 'by-cli', 'to-reset', 'to-pause'])
    await site.addEvent(eventId, { ratePerMinute: 6000 });
});
afterAll(async () => {
  tables?.destroy();
  client?.close();
  await site?.stop();
  if (directory !== undefined) await rm(directory, { recursive: true, force: true });
});

/** Edits one attribute, as an operator does in the DynamoDB console. */
const flip = (eventId: string, isActive: boolean) =>
  tables.send(
    new UpdateCommand({
      TableName: 'urr-dev-events',
      Key: { eventId },
      UpdateExpression: 'SET isActive = :is',
      ExpressionAttributeValues: { ':is': isActive },
    }),
  );

/** Runs `urr … --local` in a process of its own. */
const urr = (...words: string[]) =>
  run(process.execPath, [program, '--local', ...words], {
    env: { ...process.env, URR_LOCAL_RUN: join(directory, 'local.json') },
  });

/** A client without a pass that calls the gate (docs/adr/0013). */
function askerOf(eventId: string): CookieJar {
  const jar = new CookieJar();
  jar.set(openHintCookie(eventId), '1');
  return jar;
}

/** Polls until a response is good. Returns the last response and the number of polls. */
async function countLooks<T>(what: string, look: () => Promise<T>, isGood: (seen: T) => boolean) {
  let looks = 0;
  const startedMs = performance.now();
  const seen = await until(
    () => {
      looks += 1;
      return look();
    },
    isGood,
    lookEveryMs,
  );
  const seconds = (performance.now() - startedMs) / 1000;
  process.stdout.write(`  ${what}: after ${looks} looks, ${seconds.toFixed(1)} s\n`);
  return { seen, looks };
}

/** Switches, and waits until the gate's response changes. Returns the number of polls until then. */
async function looksToGate(
  what: string,
  jar: CookieJar,
  eventId: string,
  act: () => Promise<unknown>,
  expected: number,
): Promise<number> {
  await act();
  const { looks } = await countLooks(
    `${what}, at the gate`,
    () => visitQueue(client, eventId, jar),
    (answer) => answer.status === expected,
  );
  return looks;
}

describe('a switch reaches the running gate within 20 seconds', () => {
  let holder: PassHolder;
  let gatePids: number[];

  it('with the waiting room on, a visitor without a pass is refused and the holder of a pass is admitted', async () => {
    for (const eventId of ['by-sdk', 'by-cli'])
      await until(
        () => visitQueue(client, eventId, askerOf(eventId)),
        (answer) => answer.status === 302 && answer.location === `/vwr/${eventId}`,
      );
    holder = await standUntilAdmitted(client, 'to-reset');
    await until(
      () => visitQueue(client, 'to-reset', holder.jar),
      (answer) => answer.status === 200,
    );
    gatePids = site.system.functionPids('urr-dev-token-gate');
  });

  it('isActive off, by the SDK and by the command line, lets every visitor pass', async () => {
    const looks = await Promise.all([
      looksToGate('isActive off by SDK', askerOf('by-sdk'), 'by-sdk', () => flip('by-sdk', false), 200),
      looksToGate(
        'isActive off by CLI',
        askerOf('by-cli'),
        'by-cli',
        () => urr('event', 'set', 'by-cli', '--active', 'off'),
        200,
      ),
    ]);
    expect(Math.max(...looks)).toBeLessThanOrEqual(looksMax);
  });

  it('while it is off, assign reports it, and its hint lets a client with cookies reach the sale', async () => {
    const jar = new CookieJar();
    const turnedAway = await visitQueue(client, 'by-sdk', jar);
    expect(turnedAway).toMatchObject({ status: 302, location: '/vwr/by-sdk' });
    const answer = await client.ask('/vwr-api/vwr/assign/by-sdk', { method: 'POST', jar });
    expect(answer.status).toBe(404);
    expect(JSON.parse(answer.body)).toMatchObject({ code: 'WAITING_ROOM_INACTIVE' });
    expect((await visitQueue(client, 'by-sdk', jar)).status).toBe(200);
  });

  it('isActive on, a reset, a pause and a message take effect, by the SDK and by the command line', async () => {
    const looks = await Promise.all([
      looksToGate('isActive on by SDK', askerOf('by-sdk'), 'by-sdk', () => flip('by-sdk', true), 302),
      looksToGate(
        'isActive on by CLI',
        askerOf('by-cli'),
        'by-cli',
        () => urr('event', 'open', 'by-cli'),
        302,
      ),
      looksToGate(
        'reset by CLI, old pass refused',
        holder.jar,
        'to-reset',
        () => urr('event', 'reset', 'to-reset', '--reason', 'the line starts anew'),
        302,
      ),
      looksToStatus(),
    ]);
    expect(Math.max(...looks)).toBeLessThanOrEqual(looksMax);
  });

  it('no process is restarted for a switch', () => {
    expect(gatePids.length).toBeGreaterThan(0);
    expect(site.system.functionPids('urr-dev-token-gate')).toEqual(expect.arrayContaining(gatePids));
  });

  /** The shared document informs the waiting visitors of a pause and a message. */
  async function looksToStatus(): Promise<number> {
    await urr('event', 'pause', 'to-pause');
    await urr('event', 'set', 'to-pause', '--message-ko', '잠시만요.', '--message-en', 'One moment.');
    const { seen, looks } = await countLooks(
      'pause and message by CLI, in the document',
      () => status(client, 'to-pause'),
      ({ state, message }) => state === 'paused' && message !== undefined,
    );
    expect(seen.message).toEqual({ ko: '잠시만요.', en: 'One moment.' });
    return looks;
  }
});
