import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { seatStatusesSchema } from '#contract/sale-http.ts';
import { saleKeys } from '#contract/sale-keys.ts';
import { startTcpProxy, type TcpProxy } from '../../support/http/tcp-proxy.ts';
import { confirmOrder, orderSeats } from '../../support/sale/buyer.ts';
import {
  ask,
  reserveAs,
  type SeatKit,
  type SeatShopper,
  type SeatWorker,
  startSeatKit,
} from '../../support/sale/seat-kit.ts';
import { eventually, until } from '../../support/time/patience.ts';

let kit: SeatKit;
let worker: SeatWorker;
/** The connection of the workers to Redis. */
let road: TcpProxy;

beforeAll(async () => {
  kit = await startSeatKit();
  road = await startTcpProxy(kit.redis.port);
  worker = await kit.startWorker({
    redis: { host: '127.0.0.1', port: road.port },
    redisTimeoutMs: undefined,
  });
});
afterAll(async () => {
  await kit.stop();
  await road.stop();
});

const ordered = (shopper: SeatShopper, seatIds: string[]) =>
  orderSeats(kit, worker, shopper, seatIds, (_worker, _shopper, body, key = randomUUID()) =>
    until(
      () => reserveAs(worker, shopper, body, key),
      ({ status }) => status === 200,
    ),
  );
const confirm = (shopper: SeatShopper, body: unknown) => confirmOrder(worker, shopper, body);

it.each([
  ['does not respond', () => kit.redis.pause(), () => kit.redis.resume()],
  ['is unreachable', () => road.close(true), () => road.close(false)],
])(
  'payments continue while Redis %s: one order is settled, another is refunded, and Redis is corrected afterwards',
  async (_how, away, back) => {
    const { event } = await kit.createSale();
    const { eventId } = event;
    const [ann, ben, cleo] = await Promise.all([1, 2, 3].map(() => kit.shopper(eventId)));
    if (!ann || !ben || !cleo) throw new Error('no shoppers');
    const bought = await ordered(ann, ['A-1-1']);
    const returned = await ordered(ben, ['A-1-2']);
    expect((await confirm(ben, returned.order)).status).toBe(200);
    away();
    try {
      const [sale, refund] = await Promise.all([
        confirm(ann, bought.order),
        ask(worker, 'POST', `payments/${returned.order.orderId}/refund`, ben),
      ]);
      expect([sale.status, sale.body.state]).toEqual([200, 'settled']);
      expect([refund.status, refund.body.state]).toEqual([200, 'refunded']);
      expect(kit.sandbox.keptKrw(bought.order.orderId)).toBe(50_000);
      expect(kit.sandbox.keptKrw(returned.order.orderId)).toBe(0);
      // Commands in transit are lost with the connection.
      road.cut();
    } finally {
      back();
    }
    const { seats, repair, sale } = saleKeys(eventId);
    const redis = kit.redis.client();
    // Neither arrived: the sold seat is shown as held, and the free one as sold.
    await redis.hset(seats, 'A-1-2', `0:${returned.order.fence}:${returned.hold.reservationId}`);
    await redis.del(repair);
    await eventually(async () => {
      const map = await ask(worker, 'GET', `seats/events/${eventId}`, cleo);
      expect(seatStatusesSchema.parse(map.body).sections.A).toMatch(/^20/);
    }, 100);
    // The buyer's hold no longer counts, so the buyer can make the next one.
    await eventually(async () => expect(await redis.hget(sale, `u.${ann.sub}`)).toBeNull());
  },
);
