import { setTimeout as delay } from 'node:timers/promises';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { createEventStore } from '#adapters/dynamodb/events/store.ts';
import { eventSchema } from '#contract/event.ts';
import { tableName } from '#contract/tables.ts';
import { ensureTools } from '#local/prerequisites.ts';
import { type RunningSystem, startSystem } from '#local/system.ts';
import { api } from '../../web/shared/addresses.ts';
import { type HeadRoom, startMeter } from '../support/generator-meter.ts';
import { HttpClient } from '../support/http/client.ts';
import { wait } from '../support/line/visitor.ts';

/** Requests of a minute of waiting, measured. */
interface WaitingMinute {
  readonly visitors: number;
  readonly seconds: number;
  /** Requests that the visitors sent to the edge. */
  readonly edgeRequests: number;
  /** Requests that passed the edge's cache to a Lambda. */
  readonly lambdaRequests: number;
  readonly statusLambdaRequests: number;
  /** Visitors in line at the end. */
  readonly stillWaiting: number;
  readonly statusBytes: number;
  readonly statusHeaderBytes: number;
  readonly headRoom: HeadRoom;
}

const eventId = 'bench-waiting';
const visitors = 1000;
const minuteMs = 60_000;
/** Time between two arrivals. All joins end within ten seconds and are not counted. */
const arrivalGapMs = 10;
const joinMsMax = 60_000;
let measured: Promise<WaitingMinute> | undefined;

/** Measures once per process; F6 and F9 use the same numbers. */
export const measureWaiting = (): Promise<WaitingMinute> => {
  measured ??= measure();
  return measured;
};

async function measure(): Promise<WaitingMinute> {
  await ensureTools(['redis']);
  const system = await startSystem({ quiet: true, stateFile: false });
  const client = new HttpClient(system.url, 256);
  try {
    await createLine(system);
    let asked = 0;
    const crowd: ReturnType<typeof wait>[] = [];
    const countingClient = {
      ask: (...given: Parameters<HttpClient['ask']>) => {
        asked += 1;
        return client.ask(...given);
      },
    };
    for (let n = 0; n < visitors; n += 1) {
      crowd.push(wait(countingClient, eventId));
      await delay(arrivalGapMs);
    }
    await allInLine(crowd);

    system.resetCounts();
    asked = 0;
    const meter = startMeter();
    await delay(minuteMs);
    const headRoom = meter();
    const edgeRequests = asked;
    const reached = system.originRequests().filter(({ path }) => path.startsWith('/vwr/'));

    const status = await client.ask(api.status(eventId));
    const headers = Object.entries(status.headers).map(([name, value]) => `${name}: ${value}\r\n`);
    const statusHeaderBytes = Buffer.byteLength(`HTTP/1.1 200 OK\r\n${headers.join('')}\r\n`);
    return {
      visitors,
      seconds: minuteMs / 1000,
      edgeRequests,
      lambdaRequests: reached.length,
      statusLambdaRequests: reached.filter(({ path }) => path.startsWith('/vwr/status/')).length,
      stillWaiting: crowd.filter((one) => one.end().kind === 'queued').length,
      statusBytes: statusHeaderBytes + Buffer.byteLength(status.body),
      statusHeaderBytes,
      headRoom,
    };
  } finally {
    client.close();
    await system.stop();
  }
}

/** Creates an open line that calls nobody, so that all visitors poll at the intervals of an open line. */
async function createLine(system: RunningSystem): Promise<void> {
  const client = new DynamoDBClient({
    endpoint: system.endpoints.dynamodb,
    region: 'us-east-1',
    credentials: { accessKeyId: 'bench', secretAccessKey: 'bench' },
  });
  const table = tableName(system.environmentName, 'events');
  const at = new Date().toISOString();
  await createEventStore(DynamoDBDocumentClient.from(client), table, Date.now).create(
    eventSchema.parse({
      eventId,
      onSale: 'live',
      isActive: true,
      ratePerMinute: 0,
      shards: 4,
      titleKo: '기다림',
      titleEn: 'Waiting',
      createdAt: at,
      updatedAt: at,
    }),
  );
  client.destroy();
}

async function allInLine(crowd: readonly ReturnType<typeof wait>[]): Promise<void> {
  const endMs = performance.now() + joinMsMax;
  while (performance.now() < endMs) {
    if (crowd.every((one) => one.view().ticket !== null && one.view().status !== null)) return;
    await delay(100);
  }
  const missing = crowd.filter((one) => one.view().ticket === null).length;
  throw new Error(`${missing} of ${crowd.length} visitors did not join the line`);
}
