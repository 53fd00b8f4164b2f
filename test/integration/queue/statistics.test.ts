import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type AdmissionStatistics,
  bucketOf,
  createAdmissionStatistics,
} from '#adapters/dynamodb/queue/statistics.ts';
import type { AdmissionEvent } from '#contract/admission-event.ts';
import { tableName } from '#contract/tables.ts';
import { UrrError } from '#core/errors.ts';
import { makeHandler } from '../../../functions/admission-events/handler.ts';
import { countingTelemetry } from '../../support/line/vwr-api.ts';
import { toRecord } from '../../support/queue/admission-kit.ts';
import { startDynamodb, type TestDynamodb } from '../../support/servers/dynamodb.ts';
import { noneUnreadable } from '../../support/servers/unreadable.ts';

let dynamodb: TestDynamodb;
let statistics: AdmissionStatistics;
beforeAll(async () => {
  dynamodb = await startDynamodb();
  await dynamodb.createTables('stats');
  statistics = createAdmissionStatistics(dynamodb.documents, tableName('stats', 'stats'), noneUnreadable);
});
afterAll(() => dynamodb.stop());

const startMs = Date.parse('2026-07-01T11:00:00Z');
const admission = (eventId: string, atMs: number, n: number): AdmissionEvent => ({
  type: 'admission',
  eventId,
  generation: 1,
  admissionId: `${atMs}-abcdefghijkl-${n}`,
  user: `u.${n}`,
});
const records = (events: readonly (AdmissionEvent | string)[]) =>
  events.map((event, i) =>
    toRecord({
      MessageId: `m${i}`,
      Body: typeof event === 'string' ? event : JSON.stringify(event),
      Attributes: { MessageGroupId: typeof event === 'string' ? 'one' : event.eventId },
    }),
  );
const handler = (more: Partial<AdmissionStatistics> = {}) =>
  makeHandler({ statistics: { ...statistics, ...more }, telemetry: countingTelemetry() });
const total = async (eventId: string) => {
  const minutes = await statistics.perMinute(eventId, startMs - 86_400_000, startMs + 86_400_000);
  return [...minutes.values()].reduce((sum, n) => sum + n, 0);
};

describe('statistics', () => {
  it('count an admission once under repeats and in any batch', async () => {
    const events = Array.from({ length: 250 }, (_, i) =>
      admission('often', startMs + Math.floor(i / 120) * 1_000, (i % 120) + 1),
    );
    const run = handler();
    for (let round = 0; round < 3; round += 1)
      for (let at = 0; at < events.length; at += 7 + round)
        expect(await run({ Records: records(events.slice(at, at + 10)) })).toEqual({ batchItemFailures: [] });
    expect(await total('often')).toBe(250);
    const minutes = await statistics.perMinute('often', startMs, startMs + 60_000);
    expect([...minutes]).toEqual([[startMs, 250]]);
  });

  it('count once when two consumers process the same messages in parallel', async () => {
    const events = Array.from({ length: 60 }, (_, i) => admission('twice', startMs, i + 1));
    const runs = Array.from({ length: 6 }, (_, worker) =>
      handler()({ Records: records([...events.slice(worker * 10), ...events.slice(0, worker * 10)]) }),
    );
    await Promise.all(runs);
    expect(await total('twice')).toBe(60);
  });

  it('recover from a crash between the two writes', async () => {
    const event = admission('crash', startMs, 1);
    const crashing = createAdmissionStatistics(
      Object.assign(Object.create(dynamodb.documents), {
        send: (command: { input: { UpdateExpression?: string } }) =>
          command.input.UpdateExpression?.startsWith('SET #n')
            ? Promise.reject(new Error('crashed'))
            : Reflect.apply(dynamodb.documents.send, dynamodb.documents, [command]),
      }),
      tableName('stats', 'stats'),
      noneUnreadable,
    );
    await expect(crashing.count(bucketOf(event), [event.admissionId])).rejects.toThrow();
    expect(await total('crash')).toBe(0);
    expect(await handler()({ Records: records([event]) })).toEqual({ batchItemFailures: [] });
    expect(await total('crash')).toBe(1);
  });

  it('after a failure return the rest of that event in order and continue with the others (A8)', async () => {
    const events = [
      admission('one', startMs, 1),
      'poison',
      admission('one', startMs + 1_000, 1),
      admission('two', startMs, 1),
      admission('one', startMs + 2_000, 1),
    ];
    const answer = await handler()({ Records: records(events) });
    expect(answer.batchItemFailures.map(({ itemIdentifier }) => itemIdentifier)).toEqual(['m1', 'm2', 'm4']);
    expect(await total('one')).toBe(1);
    expect(await total('two')).toBe(1);
  });

  it('return all messages while the table is unavailable', async () => {
    const away = handler({ count: () => Promise.reject(new UrrError('UNAVAILABLE', 'away')) });
    const answer = await away({
      Records: records([admission('away', startMs, 1), admission('gone', startMs, 1)]),
    });
    expect(answer.batchItemFailures).toHaveLength(2);
  });

  it('keep generations apart in their sets and together in their minutes', async () => {
    const first = admission('again', startMs, 1);
    const second = { ...first, generation: 2 };
    await handler()({ Records: records([first, second]) });
    expect(await total('again')).toBe(2);
  });
});
