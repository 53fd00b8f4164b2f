import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { bucketOf, createAdmissionStatistics } from '#adapters/dynamodb/queue/statistics.ts';
import { createSaleStatistics } from '#adapters/dynamodb/sale/statistics.ts';
import type { ReservationEvent } from '#contract/reservation-event.ts';
import { tableName } from '#contract/tables.ts';
import { readStatistics } from '../../../functions/catalogue/statistics.ts';
import { startDynamodb, type TestDynamodb } from '../../support/servers/dynamodb.ts';
import { noneUnreadable } from '../../support/servers/unreadable.ts';

const environmentName = `day-${randomUUID().slice(0, 8)}`;
let dynamodb: TestDynamodb;
beforeAll(async () => {
  dynamodb = await startDynamodb();
  await dynamodb.createTables(environmentName);
});
afterAll(() => dynamodb.stop());

it('the statistics of a day contain its admissions and sales, and none of another event or day', async () => {
  const table = tableName(environmentName, 'stats');
  const counts = {
    admissions: createAdmissionStatistics(dynamodb.documents, table, noneUnreadable),
    sales: createSaleStatistics(dynamodb.documents, table, noneUnreadable),
  };
  const [firstMs, lastMs] = [
    Date.parse('2026-12-01T00:00:00+09:00'),
    Date.parse('2026-12-01T23:59:59+09:00'),
  ];
  const admit = async (eventId: string, generation: number, atMs: number, people: number) => {
    const admissions = Array.from({ length: people }, (_, index) => ({
      type: 'admission' as const,
      eventId,
      generation,
      admissionId: `${atMs}-abcdefghijkl-${index + 1}`,
      user: 'u.somebody',
    }));
    const [first] = admissions;
    if (first === undefined) return;
    const ids = admissions.map(({ admissionId }) => admissionId);
    // Twice, because a delivery may be repeated.
    await counts.admissions.count(bucketOf(first), ids);
    await counts.admissions.count(bucketOf(first), ids);
  };
  const sell = (eventId: string, atMs: number, changes: Partial<ReservationEvent> = {}) =>
    counts.sales.count(eventId, [
      Object.assign(
        {
          type: 'reservation' as const,
          id: randomUUID(),
          eventId,
          state: 'confirmed' as const,
          atMs,
          seats: 2,
          amountKrw: 200_000,
        },
        changes,
      ),
    ]);

  await admit('spring', 1, firstMs, 3);
  await admit('spring', 2, firstMs + 30_000, 4);
  await admit('spring', 2, lastMs, 5);
  await admit('spring', 1, firstMs - 1000, 7);
  await admit('spring', 2, lastMs + 1000, 7);
  await admit('autumn', 1, firstMs, 7);
  await sell('spring', firstMs);
  await sell('spring', lastMs);
  await sell('spring', lastMs, { state: 'cancelled' });
  await sell('spring', firstMs - 1000);
  await sell('spring', lastMs + 1000);
  await sell('autumn', firstMs);

  expect(await readStatistics(counts, { eventId: 'spring', day: '2026-12-01' })).toEqual({
    eventId: 'spring',
    day: '2026-12-01',
    admitted: 12,
    admittedPerMinuteMax: 7,
    reservations: { confirmed: 2, cancelled: 1 },
    seats: { sold: 4, givenBack: 2 },
    payments: { settled: 0, refunded: 0 },
  });
});
