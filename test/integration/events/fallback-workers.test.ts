import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createLastGoodKeeper } from '#adapters/dynamodb/events/last-good.ts';
import { tableName } from '#contract/tables.ts';
import type { Counted } from '../../support/line/vwr-api.ts';
import {
  type AdmissionKit,
  send,
  shopperWithPass,
  startAdmissionKit,
} from '../../support/queue/admission-kit.ts';
import { ask, reserveAs, type SeatKit, startSeatKit } from '../../support/sale/seat-kit.ts';
import type { TestDynamodb } from '../../support/servers/dynamodb.ts';

let admission: AdmissionKit;
let sale: SeatKit;
beforeAll(async () => {
  [admission, sale] = await Promise.all([startAdmissionKit(), startSeatKit()]);
});
afterAll(() => Promise.all([admission?.stop(), sale?.stop()]));

interface Kit {
  readonly dynamodb: TestDynamodb;
  readonly settings: { readonly environmentName: string };
}
const tableOf = ({ settings }: Kit) => tableName(settings.environmentName, 'events');
/** A cycle of the counter-advancer. */
const cycle = (kit: Kit, eventId: string) =>
  createLastGoodKeeper(kit.dynamodb.documents, tableOf(kit), Date.now).keep([eventId]);
/** An edit in the console; undefined deletes the attribute. */
const edit = (kit: Kit, eventId: string, attribute: string, value: unknown) =>
  kit.dynamodb.documents.send(
    new UpdateCommand({
      TableName: tableOf(kit),
      Key: { eventId },
      UpdateExpression: value === undefined ? 'REMOVE #a' : 'SET #a = :v',
      ExpressionAttributeNames: { '#a': attribute },
      ...(value === undefined ? {} : { ExpressionAttributeValues: { ':v': value } }),
    }),
  );

const slips: [attribute: string, value: unknown][] = [
  ['isPaused', 'true'],
  ['threshold', -1],
  ['opensAt', ''],
  ['ratePerMinute', undefined],
  ['attributeOfALaterRelease', { any: 'thing' }],
];

/** Waits until the worker has read the current item. */
const seenBy = async ({ telemetry }: { telemetry: Counted }, name: string) => {
  if (name === 'attributeOfALaterRelease') return;
  await expect.poll(() => telemetry.counts.get('EventItemInvalid') ?? 0).toBeGreaterThan(0);
};

describe('a slip that makes an item unusable', () => {
  it.each(slips)('changes nothing in the queue when %s becomes %j', async (name, value) => {
    const { eventId } = await admission.createEvent({ threshold: 1 });
    await cycle(admission, eventId);
    const running = await admission.startWorker();
    const inside = await shopperWithPass(admission, eventId, 1);
    await expect
      .poll(async () => (await send(running.url, 'POST', `check/${eventId}`, inside)).body.state)
      .toBe('admitted');
    await edit(admission, eventId, name, value);
    await seenBy(running, name);
    const fresh = await admission.startWorker();
    for (const worker of [running, fresh]) {
      expect((await send(worker.url, 'GET', `status/${eventId}`, inside)).body).toMatchObject({
        state: 'admitted',
        threshold: 1,
      });
      const waiting = await shopperWithPass(admission, eventId, 2);
      expect((await send(worker.url, 'POST', `check/${eventId}`, waiting)).body).toMatchObject({
        state: 'waiting',
        eventState: 'open',
      });
    }
    await Promise.all([running.stop(), fresh.stop()]);
  });

  it.each(slips)('changes nothing for shoppers inside when %s becomes %j', async (name, value) => {
    const { eventId } = (await sale.createSale()).event;
    await cycle(sale, eventId);
    const running = await sale.startWorker();
    const shopper = await sale.shopper(eventId);
    const held = await reserveAs(running, shopper, { seatIds: ['A-1-1'] });
    expect(held.status).toBe(200);
    await edit(sale, eventId, name, value);
    await seenBy(running, name);
    const fresh = await sale.startWorker();
    for (const [n, worker] of [running, fresh].entries()) {
      expect((await ask(worker, 'GET', `seats/events/${eventId}`, shopper)).status).toBe(200);
      const extended = await ask(worker, 'POST', 'seats/extend', shopper, {
        body: { reservationId: held.body.reservationId, fence: held.body.fence },
      });
      expect(extended.status).toBe(200);
      const other = await sale.shopper(eventId);
      expect((await reserveAs(worker, other, { seatIds: [`A-1-${n + 2}`] })).status).toBe(200);
    }
    await Promise.all([running.stop(), fresh.stop()]);
  });
});

describe('a draft', () => {
  it('has no queue and no seats until it is published', async () => {
    const { eventId } = await admission.createEvent({ isDraft: true, isActive: false });
    const worker = await admission.startWorker();
    const shopper = await shopperWithPass(admission, eventId, 1);
    const refused = await send(worker.url, 'POST', `check/${eventId}`, shopper);
    expect([refused.status, refused.body.code]).toEqual([404, 'EVENT_NOT_FOUND']);
    await admission.events.update(eventId, { isDraft: false, isActive: true });
    await expect
      .poll(async () => (await send(worker.url, 'POST', `check/${eventId}`, shopper)).status)
      .toBe(200);
    await worker.stop();
  });

  it('sells no seats even if they exist and its waiting room is off', async () => {
    const { eventId } = (await sale.createSale({ isDraft: true, isActive: false })).event;
    const worker = await sale.startWorker();
    const shopper = await sale.shopper(eventId);
    const map = await ask(worker, 'GET', `seats/events/${eventId}`, shopper);
    expect([map.status, map.body.code]).toEqual([404, 'EVENT_NOT_FOUND']);
    const reserved = await reserveAs(worker, shopper, { seatIds: ['A-1-1'] });
    expect([reserved.status, reserved.body.code]).toEqual([404, 'EVENT_NOT_FOUND']);
    await sale.events.update(eventId, { isDraft: false });
    await expect
      .poll(async () => (await reserveAs(worker, shopper, { seatIds: ['A-1-1'] })).status)
      .toBe(200);
    await worker.stop();
  });
});
