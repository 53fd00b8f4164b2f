import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createEventStore } from '#adapters/dynamodb/events/store.ts';
import { createCounterStore } from '#adapters/dynamodb/line/counters.ts';
import { createSalesStore, type SalesStore } from '#adapters/dynamodb/sale/layouts.ts';
import { paymentsTarget } from '#cli/payment-target.ts';
import { runCli } from '#cli/program.ts';
import { salesTableName } from '#contract/sale-tables.ts';
import { tableName } from '#contract/tables.ts';
import { testSections } from '../../support/sale/seat-sections.ts';
import { createSalesTables } from '../../support/sale/tables.ts';
import { startDynamodb, type TestDynamodb } from '../../support/servers/dynamodb.ts';

let dynamodb: TestDynamodb;
let layouts: SalesStore;
let names: { events: string; counters: string };
let environment = 0;
let out: string[] = [];
let err: string[] = [];
const files = new Map<string, string>();

beforeAll(async () => {
  dynamodb = await startDynamodb();
});
afterAll(() => dynamodb?.stop());
beforeEach(async () => {
  const name = `l${environment++}`;
  await dynamodb.createTables(name);
  await createSalesTables(dynamodb.client, name);
  names = { events: tableName(name, 'events'), counters: tableName(name, 'counters') };
  layouts = createSalesStore(dynamodb.documents, salesTableName(name, 'sales'));
  files.clear();
  files.set('hall.json', JSON.stringify({ sections: testSections }));
  await urr('event', 'create', 'concert', '--title-ko', '콘서트', '--title-en', 'Concert');
});

async function urr(...words: string[]): Promise<number> {
  [out, err] = [[], []];
  return runCli([...words, '--local'], {
    openTarget: async () => ({
      name: 'test',
      events: createEventStore(dynamodb.documents, names.events, Date.now),
      counters: createCounterStore(dynamodb.documents, names.counters),
      layouts,
      ...paymentsTarget(dynamodb.documents, 'none', Date.now, async () => {
        throw new Error('no command here asks the provider');
      }),
      close: () => {},
    }),
    readText: async (path) => {
      const text = files.get(path);
      if (text === undefined) throw new Error('no such file');
      return text;
    },
    userName: 'mina',
    nowMs: Date.now,
    out: (text) => out.push(text),
    err: (text) => err.push(text),
  });
}

describe('an organizer', () => {
  it('uploads the seats of an event from a file, and each new file is the next revision', async () => {
    expect(await urr('layout', 'put', 'concert', 'hall.json')).toBe(0);
    expect(out.join('\n')).toContain('concert: 40 seats, revision 1');
    expect(await urr('layout', 'put', 'concert', 'hall.json')).toBe(0);

    expect(await layouts.get('concert')).toEqual({
      eventId: 'concert',
      revision: 2,
      sections: testSections,
    });
    expect(await urr('layout', 'show', 'concert')).toBe(0);
    expect(out.join('\n')).toMatch(/FLOOR\s+20 standing\s+S ₩30000\s+스탠딩 \/ Floor/);
  });

  it('can upload what show printed, but not as the seats of another event', async () => {
    await urr('layout', 'put', 'concert', 'hall.json');
    await urr('layout', 'show', 'concert', '--json');
    files.set('shown.json', out.join('\n'));
    await urr('event', 'create', 'other', '--title-ko', '다른', '--title-en', 'Other');

    expect(await urr('layout', 'put', 'concert', 'shown.json')).toBe(0);
    expect(await urr('layout', 'put', 'other', 'shown.json')).toBe(2);
    expect(err.join()).toContain('layout of concert, not of other');
  });

  it.each([
    ['nothing.json', undefined, 'cannot be read'],
    ['text.json', 'rows and rows', 'not a layout'],
    ['price.json', JSON.stringify({ sections: [{ ...testSections[0], priceKrw: 1.5 }] }), 'priceKrw'],
    [
      'twice.json',
      JSON.stringify({ sections: [testSections[0], testSections[0]] }),
      'section A is there twice',
    ],
    [
      'large.json',
      JSON.stringify({
        sections: ['A', 'B', 'C'].map((id) => ({ ...testSections[1], id, capacity: 50_000 })),
      }),
      '150000 seats are more than 100000',
    ],
  ])('gets an error for %s, and nothing changes', async (path, text, problem) => {
    if (text !== undefined) files.set(path, text);
    expect(await urr('layout', 'put', 'concert', path)).toBe(2);
    expect(err.join()).toContain(problem);
    expect(await layouts.get('concert')).toBeUndefined();
  });

  it('cannot upload seats for a missing event, and gets an error for an event without seats', async () => {
    expect(await urr('layout', 'put', 'nowhere', 'hall.json')).toBe(1);
    expect(await urr('layout', 'show', 'concert')).toBe(1);
    expect(err.join()).toContain('add them with layout put');
  });
});
