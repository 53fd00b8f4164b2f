import { GetCommand, PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { createLastGoodKeeper } from '#adapters/dynamodb/events/last-good.ts';
import { createEventStore } from '#adapters/dynamodb/events/store.ts';
import { createCounterStore } from '#adapters/dynamodb/line/counters.ts';
import { createSalesStore } from '#adapters/dynamodb/sale/layouts.ts';
import { paymentsTarget } from '#cli/payment-target.ts';
import { type Host, runCli } from '#cli/program.ts';
import { openTarget } from '#cli/target.ts';
import { eventSchema } from '#contract/event.ts';
import { salesTableName } from '#contract/sale-tables.ts';
import { tableName } from '#contract/tables.ts';
import { initialServing } from '#core/line/serving.ts';
import { startDynamodb, type TestDynamodb } from '../../support/servers/dynamodb.ts';

let dynamodb: TestDynamodb;
let events: string;
let counters: ReturnType<typeof createCounterStore>;
let layouts: ReturnType<typeof createSalesStore>;
let out: string[] = [];
let err: string[] = [];
let nowMs = Date.parse('2026-06-01T10:00:00Z');
let environment = 0;

beforeAll(async () => {
  dynamodb = await startDynamodb();
});
afterAll(() => dynamodb.stop());
beforeEach(async () => {
  const name = `t${environment++}`;
  await dynamodb.createTables(name);
  events = tableName(name, 'events');
  counters = createCounterStore(dynamodb.documents, tableName(name, 'counters'));
  layouts = createSalesStore(dynamodb.documents, salesTableName(name, 'sales'));
});

const noProvider = async (): Promise<never> => {
  throw new Error('no command here asks the provider');
};

/** Runs `urr WORDS --local` on this test's tables, a second after the previous command. */
async function urr(...words: string[]): Promise<number> {
  [out, err] = [[], []];
  nowMs += 1000;
  const host: Host = {
    openTarget: async () => ({
      name: 'test',
      events: createEventStore(dynamodb.documents, events, () => nowMs),
      counters,
      layouts,
      ...paymentsTarget(dynamodb.documents, 'none', () => nowMs, noProvider),
      close: () => {},
    }),
    readText: async () => {
      throw new Error('no command here names a file');
    },
    userName: 'mina',
    nowMs: () => nowMs,
    out: (text) => out.push(text),
    err: (text) => err.push(text),
  };
  return runCli([...words, '--local'], host);
}
const make = (...more: string[]) =>
  urr('event', 'create', 'concert', '--title-ko', '콘서트', '--title-en', 'Concert', ...more);
const stored = async () => {
  const { Item } = await dynamodb.documents.send(
    new GetCommand({ TableName: events, Key: { eventId: 'concert' } }),
  );
  return eventSchema.parse(Item);
};
const answer = () =>
  z
    .object({
      event: eventSchema,
      state: z.string(),
      line: z.object({ joined: z.int(), called: z.int(), waiting: z.int() }),
    })
    .parse(JSON.parse(out.join('\n')));
const joined = async (people: number, generation = 1) => {
  const line = { eventId: 'concert', generation };
  await counters.createServing(line, initialServing(1, nowMs));
  for (let n = 0; n < people; n++) await counters.allocate(line, 0);
};

describe('an organizer', () => {
  it('creates a draft, which only organizers see until it is opened', async () => {
    expect(await make('--rate', '600', '--shards', '4', '--price', 'R=99000', '--price', 'S=77000')).toBe(0);

    expect(await stored()).toMatchObject({
      isDraft: true,
      isActive: false,
      onSale: 'live',
      generation: 1,
      ratePerMinute: 600,
      shards: 4,
      prices: [
        { grade: 'R', amountKrw: 99_000 },
        { grade: 'S', amountKrw: 77_000 },
      ],
    });
    expect(out.join()).toContain('콘서트 / Concert');
    expect(out.join()).toMatch(/state +draft/);
    const store = createEventStore(dynamodb.documents, events, () => nowMs);
    expect(await store.get('concert')).toBeUndefined();
    expect((await store.listLive()).events).toEqual([]);
    await urr('event', 'list');
    expect(out.join()).toContain('concert');
    await urr('event', 'open', 'concert');
    expect(await store.get('concert')).toMatchObject({ isDraft: false, isActive: true });
  });

  it('cannot create the same event twice', async () => {
    await make();
    expect(await make('--rate', '1')).toBe(1);

    expect(err.join()).toContain('exists already');
    expect((await stored()).ratePerMinute).toBe(3000);
  });

  it("opens, pauses, opens again and closes, and each output has the event's state", async () => {
    await make();
    const states: string[] = [];
    for (const verb of ['open', 'pause', 'open', 'close', 'open']) {
      expect(await urr('event', verb, 'concert', '--json')).toBe(0);
      states.push(answer().state);
    }
    expect(states).toEqual(['open', 'paused', 'open', 'closed', 'open']);
  });

  it('sets the cap, the end and the refund policy, reads them in Korean time, and removes them', async () => {
    await make('--starts-at', '2026-12-19T19:00:00+09:00');
    const terms = ['--seats-per-account', '6', '--sales-end-at', '2026-12-18T17:00:00+09:00'];
    const refund = [
      '--refund-policy',
      'booking-day, 10:0, 1:30',
      '--refund-until',
      '2026-12-18T17:00:00+09:00',
    ];
    expect(await urr('event', 'set', 'concert', ...terms, ...refund)).toBe(0);
    expect(await stored()).toMatchObject({ seatsPerAccount: 6, refundPolicy: 'booking-day, 10:0, 1:30' });
    out.splice(0);
    expect(await urr('event', 'show', 'concert')).toBe(0);
    const shown = out.join('\n');
    expect(shown).toContain('4 per order, 6 per account');
    expect(shown).toContain('2026-12-18T17:00:00+09:00');
    expect(shown).toContain('0% until 2026-12-10 00:00 KST; 30% until 2026-12-18 17:00 KST');
    const gone = [
      '--seats-per-account',
      '',
      '--sales-end-at',
      '',
      '--refund-policy',
      '',
      '--refund-until',
      '',
    ];
    expect(await urr('event', 'set', 'concert', ...gone)).toBe(0);
    const { seatsPerAccount, salesEndAt, refundPolicy, refundUntil } = await stored();
    expect([seatsPerAccount, salesEndAt, refundPolicy, refundUntil]).toEqual(Array(4).fill(undefined));
  });

  it('lists live events without closed ones, and a broken item hides no other', async () => {
    await make();
    await urr('event', 'create', 'over', '--title-ko', '끝', '--title-en', 'Over');
    await urr('event', 'close', 'over');
    await dynamodb.documents.send(
      new PutCommand({ TableName: events, Item: { eventId: 'broken', onSale: 'live', isActive: 'yes' } }),
    );

    expect(await urr('event', 'list')).toBe(0);

    expect(out.join()).toContain('concert');
    expect(out.join()).not.toContain('over');
    expect(out.join()).toMatch(/! broken: .*isActive/);
  });

  it('publishes an event without a waiting room as it is', async () => {
    await make();
    expect(await urr('event', 'set', 'concert', '--draft', 'off', '--json')).toBe(0);
    expect(answer().state).toBe('inactive');
  });

  it('reads since when an item is unusable, which state the event runs on and the problems; set repairs it', async () => {
    await make('--rate', '60');
    await urr('event', 'open', 'concert');
    const kept = new Date(nowMs).toISOString();
    const cycle = () => createLastGoodKeeper(dynamodb.documents, events, () => nowMs).keep(['concert']);
    await cycle();
    const slip = { '#a': 'threshold', '#b': 'isPaused' };
    await dynamodb.documents.send(
      new UpdateCommand({
        TableName: events,
        Key: { eventId: 'concert' },
        UpdateExpression: 'SET #a = :text, #b = :word',
        ExpressionAttributeNames: slip,
        ExpressionAttributeValues: { ':text': 'x'.repeat(500), ':word': 'true' },
      }),
    );
    nowMs += 10_000;
    await cycle();
    const since = new Date(nowMs).toISOString();
    for (const verb of ['show', 'list']) {
      expect(await urr('event', verb, ...(verb === 'show' ? ['concert'] : []))).toBe(0);
      expect(out.join()).toContain(`not usable since ${since}, running on the state of ${kept}`);
      expect(out.join()).toMatch(/threshold: .*\(it is "x{79}…\)/);
      expect(out.join()).toMatch(/isPaused: .*\(it is "true"\)/);
    }
    expect(await urr('event', 'set', 'concert', '--threshold', '7')).toBe(1);
    expect(err.join()).toContain('isPaused: ');
    expect(err.join()).not.toContain('threshold: ');
    expect(await urr('event', 'open', 'concert')).toBe(0);
    expect(await stored()).toMatchObject({ threshold: 7, isPaused: false, ratePerMinute: 60 });
    await cycle();
    await urr('event', 'show', 'concert');
    expect(out.join()).not.toContain('not usable');
  });

  it('reads that an item has never been usable', async () => {
    await dynamodb.documents.send(
      new PutCommand({ TableName: events, Item: { eventId: 'concert', onSale: 'live', isActive: 'yes' } }),
    );
    expect(await urr('event', 'show', 'concert')).toBe(1);
    expect(err.join()).toMatch(/not usable and has no earlier usable state: .*isActive: .*it is "yes"/);
  });

  it('changes the given settings and no others', async () => {
    await make('--message-ko', '잠시만', '--threshold', '50');
    const words = [
      '--rate',
      '60',
      '--claim-window',
      '45',
      '--require-sign-in',
      'on',
      '--mode',
      'waiting-room',
    ];

    expect(await urr('event', 'set', 'concert', ...words, '--message-ko', '', '--message-en', 'Soon')).toBe(
      0,
    );

    const event = await stored();
    expect(event).toMatchObject({
      ratePerMinute: 60,
      claimWindowSeconds: 45,
      requiresSignIn: true,
      mode: 'waiting-room',
      messageEn: 'Soon',
      threshold: 50,
    });
    expect(event).not.toHaveProperty('messageKo');
  });

  it('changes the shards before the first join, and tokens of the earlier line are refused', async () => {
    await make();

    expect(await urr('event', 'set', 'concert', '--shards', '8', '--rate', '60')).toBe(0);

    expect(await stored()).toMatchObject({ shards: 8, generation: 2, ratePerMinute: 60, resetBy: 'mina' });
  });

  it('cannot change the shards after the first join: nothing changes, and the message names the reset', async () => {
    await make();
    await joined(1);

    expect(await urr('event', 'set', 'concert', '--shards', '8', '--rate', '60')).toBe(1);

    expect(err.join()).toContain('event reset concert --shards 8');
    expect(await stored()).toMatchObject({ shards: 1, generation: 1, ratePerMinute: 3000 });
  });

  it('resets the line with a reason: the new line is empty, and the operator is recorded', async () => {
    await make();
    await joined(3);

    expect(
      await urr('event', 'reset', 'concert', '--reason', 'rehearsal is over', '--shards', '2', '--json'),
    ).toBe(0);

    expect(answer().line).toEqual({ joined: 0, called: 0, waiting: 0 });
    expect(await stored()).toMatchObject({
      generation: 2,
      shards: 2,
      resetBy: 'mina',
      resetReason: 'rehearsal is over',
    });
  });

  it('advances the line, never past the last place, and the operator is recorded', async () => {
    await make();
    await joined(5);

    expect(await urr('event', 'advance', 'concert', '3', '--json')).toBe(0);
    expect(answer().line).toEqual({ joined: 5, called: 3, waiting: 2 });
    expect(await urr('event', 'advance', 'concert', '100', '--as', 'jun')).toBe(0);
    expect(out.join()).toContain('2 called');

    const state = await counters.serving({ eventId: 'concert', generation: 1 }, 'latest');
    expect(state?.handAdvances.map(({ by, asked, called }) => [by, asked, called])).toEqual([
      ['mina', 3, 3],
      ['jun', 100, 2],
    ]);
  });

  it('cannot advance a line that nobody has joined', async () => {
    await make();

    expect(await urr('event', 'advance', 'concert', '3')).toBe(1);
    expect(err.join()).toContain('nobody has joined');
  });

  it('advances as many in all as several concurrent commands request', async () => {
    await make();
    await joined(50);

    const hands = ['mina', 'jun', 'sora', 'woo'];
    await Promise.all(hands.map((hand) => urr('event', 'advance', 'concert', '5', '--as', hand)));

    await urr('event', 'show', 'concert', '--json');
    expect(answer().line.called).toBe(20);
  });
});

describe('a wrong command line changes nothing and says what to do', () => {
  it.each([
    [['event', 'show', 'no-such-event'], 1, 'event list shows'],
    [['event', 'open', 'no-such-event'], 1, 'there is no event no-such-event'],
    [['event', 'show', 'Not An Id'], 2, '1 to 64 of a-z'],
    [['event', 'create', 'concert', '--title-ko', '콘서트'], 2, '--title-en'],
    [['event', 'set', 'concert'], 2, 'nothing to change; give a setting'],
    [['event', 'set', 'concert', '--rate', '-5'], 2, 'whole number'],
    [['event', 'set', 'concert', '--rate', '1e3'], 2, 'whole number'],
    [['event', 'set', 'concert', '--rate', '99999999'], 2, '10000000'],
    [['event', 'set', 'concert', '--shards', '65'], 2, '64'],
    [['event', 'set', 'concert', '--claim-window', '29'], 2, '30'],
    [['event', 'set', 'concert', '--active', 'yes'], 2, 'on or off'],
    [['event', 'set', 'concert', '--refund-policy', '7:10, 10:0'], 2, 'days falling'],
    [['event', 'set', 'concert', '--seats-per-account', '201'], 2, '200'],
    [['event', 'set', 'concert', '--mode', 'fast'], 2, 'waiting-room'],
    [['event', 'set', 'concert', '--opens-at', 'tomorrow'], 2, 'ISO'],
    [['event', 'set', 'concert', '--price', 'free'], 2, 'GRADE=WON'],
    [['event', 'set', 'concert', '--raet', '5'], 2, '--rate'],
    [['event', 'set', 'concert', 'other', '--rate', '5'], 2, 'too many arguments'],
    [['event', 'advance', 'concert', '0'], 2, 'from 1'],
    [['event', 'advance', 'no-such-event', '1'], 1, 'there is no event'],
    [['event', 'reset', 'concert'], 2, '--reason'],
    [['event', 'reset', 'concert', '--reason', ' '], 2, '1 to 500'],
    [['event', 'destroy', 'concert'], 2, 'unknown command'],
  ])('%j', async (words, exitCode, message) => {
    expect(await urr(...words)).toBe(exitCode);

    expect(err.join('\n')).toContain(message);
    expect(out).toEqual([]);
  });

  it('--json reports errors in the common format, on standard error', async () => {
    expect(await urr('event', 'show', 'nobody', '--json')).toBe(1);

    expect(JSON.parse(err.join(''))).toMatchObject({ code: 'EVENT_NOT_FOUND', error: expect.any(String) });
  });

  it('control characters of a title do not reach the terminal', async () => {
    await make();
    await urr('event', 'set', 'concert', '--title-en', '\u001b[2JGone\u0007');

    await urr('event', 'show', 'concert');

    expect(out.join('')).toContain('Gone');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what must not be there
    expect(out.join('')).not.toMatch(/[\u0000-\u0009\u000b-\u001f]/);
  });
});

describe('the choice of a system', () => {
  it.each([
    [{}, 'choose one system'],
    [{ env: 'dev', local: true }, 'choose one system'],
    [{ env: '../prod' }, 'an environment has a name'],
  ])('%j is refused: a command never guesses', async (choice, message) => {
    await expect(openTarget(choice, Date.now)).rejects.toThrow(message);
  });
});
