import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { parseEach, parseItem } from '#adapters/dynamodb/items.ts';
import { seatLayoutSchema } from '#contract/sale.ts';
import { UnreadableItemError } from '#core/errors.ts';
import { initialServing, servingStateSchema } from '#core/line/serving.ts';
import { reportUnreadable } from '../../../../../functions/shared/unreadable.ts';
import { metrics } from '../../../../../lib/contract/metrics.ts';
import { countingTelemetry } from '../../../../support/line/vwr-api.ts';

const place = { table: 'urr-dev-things', key: 'one' };
const schema = z.strictObject({
  id: z.string(),
  size: z.int(),
  parts: z.array(z.strictObject({ name: z.string() })).optional(),
});
const problemsOf = (act: () => unknown) => {
  try {
    act();
  } catch (error) {
    if (error instanceof UnreadableItemError) return error;
    throw error;
  }
  throw new Error('it was readable');
};

describe('a stored item', () => {
  it('of a newer release is read without the attributes that this one does not know, at every depth', () => {
    const stored = { id: 'a', size: 1, colour: 'red', parts: [{ name: 'x', weight: 2 }, { name: 'y' }] };
    expect(parseItem(schema, stored, place)).toEqual({
      id: 'a',
      size: 1,
      parts: [{ name: 'x' }, { name: 'y' }],
    });
    expect(stored).toHaveProperty('colour');
  });

  it('keeps its refinements and its unions when unknown attributes are left out', () => {
    const serving = initialServing(1, 0);
    const checkpoints = [{ atMs: 0, serving: [0], claimed: 0, more: 1 }];
    expect(parseItem(servingStateSchema, { ...serving, checkpoints, next: true }, place).checkpoints).toEqual(
      [{ atMs: 0, serving: [0], claimed: 0 }],
    );
    const section = {
      kind: 'standing',
      id: 'F',
      name: { ko: '가', en: 'F' },
      grade: 'R',
      priceKrw: 1,
      capacity: 2,
    };
    const layout = { eventId: 'sale', revision: 1, sections: [section] };
    expect(parseItem(seatLayoutSchema, { ...layout, sections: [{ ...section, map: 'x' }] }, place)).toEqual(
      layout,
    );
    const ahead = problemsOf(() =>
      parseItem(servingStateSchema, { ...serving, serving: [2], next: true }, place),
    );
    expect(ahead.problems.join()).toContain('expired ≤ serving ≤ issued');
  });

  it('with an invalid known attribute is reported by table, key and attribute, without its value', () => {
    const error = problemsOf(() =>
      parseItem(schema, { id: 'a', size: 'secret-value', colour: 'red' }, place),
    );
    expect(error).toMatchObject({ code: 'INTERNAL', table: 'urr-dev-things', key: 'one' });
    expect(error.problems).toHaveLength(1);
    expect(error.problems[0]).toMatch(/^size: /);
    expect(JSON.stringify([error.message, error.problems])).not.toMatch(/secret-value|red/);
  });
});

describe('of many stored items', () => {
  const parse = (item: unknown) => parseItem(schema, item, place);

  it('an unreadable one is set aside, and the others are read in their order', () => {
    const reported: string[] = [];
    const items = [
      { id: 'a', size: 1 },
      { id: 'b', size: '2' },
      { id: 'c', size: 3 },
    ];
    expect(parseEach(items, parse, ({ problems }) => reported.push(...problems)).map(({ id }) => id)).toEqual(
      ['a', 'c'],
    );
    expect(reported).toEqual([expect.stringMatching(/^size: /)]);
  });

  it('any other failure fails the whole read', () => {
    const broken = () => {
      throw new Error('a mistake of ours');
    };
    expect(() => parseEach([1], broken, () => {})).toThrow('a mistake of ours');
  });

  it('an unreadable one is counted and logged with table, key and attribute, once per minute', () => {
    const telemetry = countingTelemetry();
    let nowMs = 0;
    const report = reportUnreadable(telemetry, () => nowMs);
    const error = new UnreadableItemError('urr-dev-things', 'one', ['size: wrong']);
    for (const atMs of [0, 1_000, 59_999, 60_000]) {
      nowMs = atMs;
      report(error);
    }
    report(new UnreadableItemError('urr-dev-things', 'two', []));
    expect(telemetry.counts.get(metrics.itemUnreadable)).toBe(3);
    expect(telemetry.lines[0]).toMatch(/urr-dev-things.*one.*size: wrong/);
  });
});
