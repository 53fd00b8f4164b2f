import { expect, it } from 'vitest';
import { assignAnswerSchema, checkAnswerSchema } from '#contract/line-http.ts';
import { visitorHeader } from '#contract/tokens.ts';
import { advanceEvent } from '../../functions/counter-advancer/advance-event.ts';
import { createMemoryLine } from '../support/line/memory-line.ts';
import {
  countingTelemetry,
  createTestApi,
  fixedKeys,
  newVisitorId,
  testEvent,
} from '../support/line/vwr-api.ts';

const startMs = 1_750_000_000_000;
const eventId = 'bulk';
const ratePerMinute = 540;
const honestVisitors = 100;
const secondsMax = 120;

interface Visitor {
  readonly headers: Record<string, string>;
  readonly requestId: string;
  readonly position: { readonly shard: number; readonly seq: number };
  /** Seconds from the opening to the pass. */
  waited?: number;
}

interface Plan {
  /** Joins of one address, before everybody else. */
  readonly bulk: number;
  /** The visitors of the bulk come when they are called. */
  readonly doTheyCome?: boolean;
  /** All visitors join from the same address. */
  readonly isOneAddress?: boolean;
  /** Lambda processes. */
  readonly processes?: number;
}

/** The line alone in virtual time: the API's handler and the advancer's tick on stores in memory. */
async function play({ bulk, doTheyCome = false, isOneAddress = false, processes = 1 }: Plan) {
  let nowMs = startMs - 60_000;
  const event = testEvent({
    eventId,
    mode: 'waiting-room',
    ratePerMinute,
    opensAt: new Date(startMs).toISOString(),
  });
  const memory = createMemoryLine();
  const keys = await fixedKeys(nowMs);
  const apis = Array.from({ length: processes }, () =>
    createTestApi({ events: { get: async () => event }, ...memory, keys, nowMs: () => nowMs }),
  );
  let asked = 0;
  const api = () => {
    asked += 1;
    const next = apis[asked % processes];
    if (next === undefined) throw new Error('no process');
    return next;
  };
  const join = async (address: string): Promise<Visitor> => {
    const headers = { [visitorHeader]: newVisitorId(), 'x-forwarded-for': address };
    const answer = await api().assign(eventId, { headers });
    const { requestId, place } = assignAnswerSchema.parse(JSON.parse(answer.body));
    const ticket = answer.headers['x-urr-ticket'] ?? '';
    return { headers: { ...headers, 'x-urr-ticket': ticket }, requestId, position: place };
  };
  const bots: Visitor[] = [];
  for (let i = 0; i < bulk; i += 1) bots.push(await join('198.51.100.7'));
  const honest: Visitor[] = [];
  for (let i = 0; i < honestVisitors; i += 1)
    honest.push(await join(isOneAddress ? '198.51.100.7' : `203.0.${i}.${i}`));

  const advancer = { counters: memory.counters, telemetry: countingTelemetry(), cycleMs: 10_000 };
  const passes: number[] = [];
  const coming = [...(doTheyCome ? bots : []), ...honest];
  for (let second = 0; second <= secondsMax; second += 1) {
    nowMs = startMs + second * 1_000;
    await advanceEvent({ ...advancer, nowMs: () => nowMs }, event, second % 10 !== 0);
    // A response of the API is up to a second old.
    nowMs += 999;
    let given = 0;
    for (const visitor of coming.filter(({ waited }) => waited === undefined)) {
      const answer = await api().check(eventId, visitor.requestId, { headers: visitor.headers });
      if (checkAnswerSchema.parse(JSON.parse(answer.body)).state !== 'admitted') continue;
      visitor.waited = second + 1;
      given += 1;
    }
    passes.push(given);
  }
  const waits = honest.map(({ waited }) => waited ?? Number.POSITIVE_INFINITY);
  return { waits, passes, bots, mean: waits.reduce((sum, wait) => sum + wait, 0) / waits.length };
}

it('visitors behind two hundred joins of one address are called as if those were not there', async () => {
  const alone = await play({ bulk: 0 });
  const behind = await play({ bulk: 200 });
  console.info(
    `first, mean and last honest wait: alone ${alone.waits[0]}, ${alone.mean}, ${alone.waits.at(-1)} s; behind 200 joins ` +
      `${behind.waits[0]}, ${behind.mean}, ${behind.waits.at(-1)} s`,
  );
  expect(behind.mean).toBeLessThan(alone.mean + 2.5);
  expect(behind.waits.at(-1)).toBeLessThanOrEqual((alone.waits.at(-1) ?? 0) + 3);
  expect(behind.waits).toEqual(behind.waits.toSorted((a, b) => a - b));
});

it('two hundred people behind one address who come are admitted at the rate, before nearly all later visitors', async () => {
  const { bots, waits, passes } = await play({ bulk: 200, doTheyCome: true });
  const last = Math.max(...bots.map(({ waited }) => waited ?? Number.POSITIVE_INFINITY));
  expect(last).toBeLessThanOrEqual((200 / ratePerMinute) * 60 + 4);
  expect(Math.max(...waits)).toBeLessThanOrEqual((300 / ratePerMinute) * 60 + 4);
  let sum = 0;
  for (const [second, given] of passes.entries()) {
    sum += given;
    // At the opening of a line without tier 2, one second's worth may be called in advance.
    expect(sum).toBeLessThanOrEqual(Math.ceil(((second + 2) * ratePerMinute) / 60));
  }
  // The shared number and the numbers behind it are called in one tick. The bulk claims its places before the next
  // tick.
  const honestBefore = waits.filter((wait) => wait < last - 3).length;
  expect(honestBefore).toBeLessThanOrEqual(ratePerMinute / 60);
});

it('every visitor behind one address waits as long as from an address of its own', async () => {
  const apart = await play({ bulk: 0 });
  const together = await play({ bulk: 0, isOneAddress: true });
  console.info(`mean wait: apart ${apart.mean}, behind one address ${together.mean} s`);
  expect(together.mean).toBeLessThan(apart.mean + 3);
  expect(Math.max(...together.waits)).toBeLessThanOrEqual(Math.max(...apart.waits) + 4);
});

it('each process of the API gives one address at most one more number of its own', async () => {
  const alone = await play({ bulk: 0 });
  const behind = await play({ bulk: 200, processes: 20 });
  console.info(`20 processes: mean ${alone.mean} s alone, ${behind.mean} s behind 200 joins`);
  expect(behind.mean).toBeLessThan(alone.mean + 5);
});
