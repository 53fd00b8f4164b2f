import { ScanCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createCounterStore } from '#adapters/dynamodb/line/counters.ts';
import { createNetworkTally } from '#adapters/dynamodb/line/networks.ts';
import { createPlaceStore } from '#adapters/dynamodb/line/places.ts';
import { createKeyedHash } from '#adapters/secrets/keyed-hash.ts';
import { tableName, tables } from '#contract/tables.ts';
import type { JoinLimits } from '#core/access/rate-limits.ts';
import type { SignIn } from '#core/access/verify-access.ts';
import { createJoinBudget } from '#core/line/join-budget.ts';
import { total } from '#core/line/position.ts';
import { cookiesOf, createTestApi, fixedKeys, testEvent } from '../../support/line/vwr-api.ts';
import { place } from '../../support/line/waiting-room.ts';
import { startDynamodb, type TestDynamodb } from '../../support/servers/dynamodb.ts';
import { meterUnits } from '../../support/servers/unit-meter.ts';

const limits: JoinLimits = {
  windowSeconds: 300,
  narrow: { joins: 60, ownNumbers: 5 },
  wide: { joins: 200, ownNumbers: 50 },
};
const processes = 6;
const address = '198.51.100.7';
const nowMs = () => 1_750_000_200_000;
let dynamodb: TestDynamodb;

beforeAll(async () => {
  dynamodb = await startDynamodb();
  await dynamodb.createTables('networks');
});
afterAll(() => dynamodb.stop());

const counters = tableName('networks', 'counters');
const readSecret = async () => 'the origin secret';

/** Processes of the API with one set of tables. */
async function apis(eventId: string, signIn?: SignIn) {
  const event = testEvent({ eventId, opensAt: '2030-01-01T00:00:00Z' });
  const keys = await fixedKeys(nowMs());
  return Array.from({ length: processes }, () => {
    const tally = createNetworkTally(dynamodb.documents, counters, createKeyedHash(readSecret, nowMs));
    return createTestApi({
      events: { get: async () => event },
      counters: createCounterStore(dynamodb.documents, counters),
      places: createPlaceStore(dynamodb.documents, tableName('networks', 'positions')),
      keys,
      nowMs,
      more: { joinBudget: createJoinBudget({ tally, nowMs, limits }), ...(signIn && { signIn }) },
    });
  });
}

type Api = Awaited<ReturnType<typeof apis>>[number];
const from = (forwardedFor: string) => ({ headers: { 'x-forwarded-for': forwardedFor } });
const joinAll = (all: readonly Api[], eventId: string, addresses: readonly string[]) =>
  Promise.all(
    addresses.map(async (one, i) => {
      const api = all[i % all.length];
      if (api === undefined) throw new Error('no process');
      return api.assign(eventId, from(one));
    }),
  );
const many = (count: number, what: (i: number) => string) => Array.from({ length: count }, (_, i) => what(i));
const ok = (answers: readonly { statusCode: number }[]) =>
  answers.filter(({ statusCode }) => statusCode === 200).length;

describe('joins of one address, over several processes', () => {
  it('are limited to the network’s limit and one per process, then refused with 429 and Retry-After; other addresses join', async () => {
    const all = await apis('crowd');
    const answers = await joinAll(
      all,
      'crowd',
      many(300, () => address),
    );
    expect(ok(answers)).toBeLessThanOrEqual(limits.narrow.joins + processes);
    expect(ok(answers)).toBeGreaterThanOrEqual(limits.narrow.joins / 2);
    const refused = answers.filter(({ statusCode }) => statusCode !== 200);
    for (const { statusCode, headers, body } of refused) {
      expect(statusCode).toBe(429);
      expect(JSON.parse(body)).toMatchObject({ code: 'TOO_MANY_REQUESTS' });
      expect(Number(headers['retry-after'])).toBeGreaterThan(0);
      expect(Number(headers['retry-after'])).toBeLessThanOrEqual(limits.windowSeconds);
    }
    const others = many(60, (i) => `203.0.${i}.1`);
    expect(ok(await joinAll(all, 'crowd', others))).toBe(60);
    // A visitor in line gets the same place again, however full the network is.
    const first = answers.find(({ statusCode }) => statusCode === 200);
    if (first === undefined) throw new Error('nobody joined');
    const again = await all[0]?.assign('crowd', { ...from(address), cookies: cookiesOf(first) });
    expect(again?.statusCode).toBe(200);
    expect(place(again ?? first).requestId).toBe(place(first).requestId);
  });

  it('use few numbers of the line: further places share the last one', async () => {
    const all = await apis('numbers');
    expect(
      ok(
        await joinAll(
          all,
          'numbers',
          many(30, () => address),
        ),
      ),
    ).toBe(30);
    const store = createCounterStore(dynamodb.documents, counters);
    const line = { eventId: 'numbers', generation: 1 };
    expect(total(await store.issued(line, 1))).toBeLessThanOrEqual(limits.narrow.ownNumbers + processes);
    const next = place((await joinAll(all, 'numbers', ['203.0.113.9']))[0] ?? { body: '' });
    expect(next.peopleAhead).toBeLessThanOrEqual(limits.narrow.ownNumbers + processes);
  });

  it('with a forged X-Forwarded-For neither help the sender nor count against another address (E3)', async () => {
    const all = await apis('forged');
    const forged = many(300, (i) => `192.0.${i % 250}.1, ${address}, 127.0.0.1`);
    expect(ok(await joinAll(all, 'forged', forged))).toBeLessThanOrEqual(limits.narrow.joins + processes);
    await joinAll(
      all,
      'forged',
      many(120, () => `203.0.113.9, ${address}`),
    );
    expect(
      ok(
        await joinAll(
          all,
          'forged',
          many(30, () => '203.0.113.9'),
        ),
      ),
    ).toBe(30);
  });

  it('of accounts are not counted, because each account has one place', async () => {
    let user = 0;
    const userOf = async () => {
      user += 1;
      return { sub: `account-${user}`, groups: [], expiresAtMs: 0 };
    };
    const all = await apis('accounts', { userOf });
    expect(
      ok(
        await joinAll(
          all,
          'accounts',
          many(150, () => address),
        ),
      ),
    ).toBe(150);
  });

  it('store a keyed hash that expires, and neither table nor log holds an address', async () => {
    const all = await apis('private');
    await joinAll(
      all,
      'private',
      many(100, () => address),
    );
    const { Items = [] } = await dynamodb.documents.send(new ScanCommand({ TableName: counters }));
    const networks = Items.filter(({ counterId }) => String(counterId).startsWith('network#'));
    expect(networks.length).toBeGreaterThan(0);
    for (const item of networks) expect(item[tables.counters.timeToLive]).toBeGreaterThan(nowMs() / 1000);
    expect(JSON.stringify(Items)).not.toContain('198.51');
    for (const { telemetry } of all) expect(telemetry.lines.join()).not.toContain('198.51');
    const hash = createKeyedHash(async () => 'another secret', nowMs);
    expect(await hash('a')).not.toBe(await createKeyedHash(readSecret, nowMs)('a'));
  });

  it('cost an ordinary visitor no write, and a busy address one write per block', async () => {
    const [api] = await apis('units');
    if (api === undefined) throw new Error('no process');
    await api.assign('units', from('203.0.113.1'));
    const meter = meterUnits(dynamodb.documents);
    await api.assign('units', from('203.0.114.1'));
    expect(meter.take()).toEqual({ writes: 2, reads: 0 });
    // A number of its own takes 2 writes; a shared one takes 1 write and a read.
    for (let i = 0; i < 60; i += 1) await api.assign('units', from(address));
    expect(meter.take().writes).toBeLessThanOrEqual(60 + limits.narrow.ownNumbers + 1 + 2 * 11);
    for (let i = 0; i < 20; i += 1) await api.assign('units', from(address));
    expect(meter.take()).toEqual({ writes: 0, reads: 0 });
  });
});
