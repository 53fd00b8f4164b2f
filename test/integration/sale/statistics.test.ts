import { randomUUID } from 'node:crypto';
import type { SQSEvent, SQSRecord } from 'aws-lambda';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createSaleStatistics, type SaleStatistics } from '#adapters/dynamodb/sale/statistics.ts';
import { metrics } from '#contract/metrics.ts';
import type { ReservationEvent } from '#contract/reservation-event.ts';
import { tableName } from '#contract/tables.ts';
import { UrrError } from '#core/errors.ts';
import { makeHandler } from '../../../functions/reservation-events/handler.ts';
import { countingTelemetry } from '../../support/line/vwr-api.ts';
import { startDynamodb, type TestDynamodb } from '../../support/servers/dynamodb.ts';
import { noneUnreadable } from '../../support/servers/unreadable.ts';

const environmentName = `stats-${randomUUID().slice(0, 8)}`;
const dayMs = Date.parse('2026-07-01T00:00:00Z');
let dynamodb: TestDynamodb;
let statistics: SaleStatistics;
const telemetry = countingTelemetry();

beforeAll(async () => {
  dynamodb = await startDynamodb();
  await dynamodb.createTables(environmentName);
  statistics = createSaleStatistics(dynamodb.documents, tableName(environmentName, 'stats'), noneUnreadable);
});
afterAll(() => dynamodb.stop());

const sale = (eventId: string, atMs: number, changes: object = {}): ReservationEvent => ({
  type: 'reservation',
  id: randomUUID(),
  eventId,
  state: 'confirmed',
  atMs,
  seats: 2,
  amountKrw: 100_000,
  ...changes,
});
const records = (...bodies: unknown[]): SQSEvent => ({
  Records: bodies.map((body, index) => record(typeof body === 'string' ? body : JSON.stringify(body), index)),
});
const record = (body: string, index: number): SQSRecord => {
  const parsed: unknown = body.startsWith('{') ? JSON.parse(body) : {};
  const group =
    typeof parsed === 'object' && parsed !== null && 'eventId' in parsed ? String(parsed.eventId) : 'x';
  return {
    messageId: `m${index}`,
    receiptHandle: '',
    body,
    attributes: {
      ApproximateReceiveCount: '1',
      SentTimestamp: '0',
      SenderId: '',
      ApproximateFirstReceiveTimestamp: '0',
      MessageGroupId: group,
    },
    messageAttributes: {},
    md5OfBody: '',
    eventSource: 'aws:sqs',
    eventSourceARN: 'arn:aws:sqs:eu-west-1:1:reservation-events.fifo',
    awsRegion: 'eu-west-1',
  };
};
const handle = (event: SQSEvent, own: Pick<SaleStatistics, 'count'> = statistics) =>
  makeHandler({ statistics: own, telemetry })(event);
const ofDay = (eventId: string) => statistics.totals(eventId, dayMs, dayMs + 86_400_000);

it('every sale counts once, however often and in whatever batches its event arrives', async () => {
  const eventId = `sale-${randomUUID().slice(0, 8)}`;
  const sales = Array.from({ length: 40 }, (_, index) => sale(eventId, dayMs + index * 400));
  const [first] = sales;
  if (first === undefined) throw new Error('no sales');
  const refund = { ...first, state: 'cancelled', atMs: dayMs + 600_000 };
  const money = {
    type: 'payment',
    id: 'a'.repeat(32),
    eventId,
    state: 'refunded',
    atMs: dayMs + 600_500,
    amountKrw: 100_000,
  };
  const all = [...sales, refund, money];
  for (let at = 0; at < all.length; at += 10)
    expect(await handle(records(...all.slice(at, at + 10)))).toEqual({ batchItemFailures: [] });
  await Promise.all(all.map((event) => handle(records(event))));
  expect(await ofDay(eventId)).toEqual({
    confirmed: { count: 40, seats: 80, amountKrw: 4_000_000 },
    cancelled: { count: 1, seats: 2, amountKrw: 100_000 },
    settled: { count: 0, seats: 0, amountKrw: 0 },
    refunded: { count: 1, seats: 0, amountKrw: 100_000 },
  });
  expect((await statistics.totals(eventId, dayMs + 60_000, dayMs + 120_000)).confirmed.count).toBe(0);
});

it('the next delivery completes a count after a crash between its two writes', async () => {
  const eventId = `sale-${randomUUID().slice(0, 8)}`;
  const one = sale(eventId, dayMs);
  const { documents } = dynamodb;
  let writes = 0;
  const dying = new Proxy(documents, {
    get(target, name) {
      const method: unknown = Reflect.get(target, name);
      if (name !== 'send' || typeof method !== 'function') return method;
      return async (...input: unknown[]) => {
        if (++writes > 1) throw new Error('the process is gone');
        return method.apply(target, input);
      };
    },
  });
  const half = createSaleStatistics(dying, tableName(environmentName, 'stats'), noneUnreadable);
  expect((await handle(records(one), half)).batchItemFailures).toHaveLength(1);
  expect((await ofDay(eventId)).confirmed.count).toBe(0);
  await handle(records(one));
  expect((await ofDay(eventId)).confirmed).toEqual({ count: 1, seats: 2, amountKrw: 100_000 });
});

it('a poison message returns to the queue with the later ones of its group, and other sales count (A8)', async () => {
  const good = `sale-${randomUUID().slice(0, 8)}`;
  const bad = `sale-${randomUUID().slice(0, 8)}`;
  const answer = await handle(
    records(
      sale(bad, dayMs),
      { eventId: bad, nonsense: true },
      sale(good, dayMs),
      sale(bad, dayMs + 1_000),
      sale(good, dayMs + 1_000),
    ),
  );
  expect(answer.batchItemFailures.map(({ itemIdentifier }) => itemIdentifier)).toEqual(['m1', 'm3']);
  expect((await ofDay(good)).confirmed.count).toBe(2);
  expect(telemetry.counts.get(metrics.reservationEventInvalid)).toBe(1);
});

it('all messages return to the queue while the table is unavailable', async () => {
  const away = { count: async () => Promise.reject(new UrrError('UNAVAILABLE', 'away')) };
  const answer = await handle(records(sale('one', dayMs), sale('two', dayMs)), away);
  expect(answer.batchItemFailures).toHaveLength(2);
});
