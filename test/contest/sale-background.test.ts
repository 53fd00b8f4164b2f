import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { signWebhook } from '#adapters/payments/webhook.ts';
import { webhookHeaders } from '#contract/payment-webhook.ts';
import {
  type ReservationEvent,
  reservationEventId,
  reservationEventSchema,
} from '#contract/reservation-event.ts';
import { prepareAnswerSchema, seatStatusesSchema } from '#contract/sale-http.ts';
import { saleKeys } from '#contract/sale-keys.ts';
import type { SeatLockDeps } from '../../functions/seat-lock/deps.ts';
import { confirmOrder, holdSeats, orderSeats } from '../support/sale/buyer.ts';
import {
  ask,
  reservePatiently,
  type SeatKit,
  type SeatShopper,
  type SeatWorker,
  startSeatKit,
  testTimings,
} from '../support/sale/seat-kit.ts';
import { testSections } from '../support/sale/seat-sections.ts';
import { eventually } from '../support/time/patience.ts';
import { patienceMs } from '../support/time/patience-ms.ts';

const never = 1_000_000_000;
let kit: SeatKit;
/** Receives the webhooks. Its reconciler never runs, so that a test shows which way a payment was finished. */
let front: SeatWorker;
/** Events whose seats `front` has read from Redis, with one entry per read. */
const readings: string[] = [];

beforeAll(async () => {
  kit = await startSeatKit();
  front = await kit.startWorker({ timings: { ...testTimings, reconcileMs: never } }, (deps) => ({
    ...deps,
    holds: {
      ...deps.holds,
      snapshot: (eventId, seatIds) => {
        readings.push(eventId);
        return deps.holds.snapshot(eventId, seatIds);
      },
    },
  }));
});
afterEach(() => kit.sandbox.set({ slowMs: 0, declined: 0, lostAnswer: 0, duplicated: 0, lateWebhookMs: 0 }));
afterAll(() => kit.stop());

const held = (worker: SeatWorker, shopper: SeatShopper, seatIds: string[]) =>
  holdSeats(worker, shopper, seatIds, reservePatiently);
/** Holds seats, and returns an order that the buyer has approved on the provider's page. */
const ordered = async (worker: SeatWorker, shopper: SeatShopper, seatIds: string[]) => {
  const { hold, order } = await orderSeats(kit, worker, shopper, seatIds, reservePatiently);
  return { reservationId: hold.reservationId, order };
};
const confirm = confirmOrder;
const stateOf = async (shopper: SeatShopper, reservationId: string) =>
  (await ask(front, 'GET', `reservations/${reservationId}`, shopper)).body.state;
const paymentState = async (orderId: string) => (await front.deps.payments.get(orderId))?.state;

/** The provider approves, and the worker dies before it receives the response. */
const dyingAfterYes = (deps: SeatLockDeps): SeatLockDeps => ({
  ...deps,
  provider: {
    ...deps.provider,
    confirm: async (order) => {
      await deps.provider.confirm(order);
      throw new Error('the process is gone');
    },
  },
});

describe('a crash after the provider has approved', () => {
  it("is finished by the reconciler's first round after its turn, and the place inside is released", async () => {
    kit.sandbox.set({ lateWebhookMs: 600_000 });
    const dying = await kit.startWorker({ timings: { ...testTimings, reconcileMs: never } }, dyingAfterYes);
    const { event } = await kit.createSale();
    const ann = await kit.shopper(event.eventId);
    const { reservationId, order } = await ordered(front, ann, ['A-1-1']);
    expect((await confirm(dying, ann, order)).status).toBe(500);
    const approving = await front.deps.payments.get(order.orderId);
    expect(approving?.state).toBe('approving');
    let rounds = 0;
    const turnsInRound: number[] = [];
    // A turn that never ends, so that only the first one can finish the payment.
    const timings = {
      ...testTimings,
      retryDelays: { ...testTimings.retryDelays, retryMs: never, retryMsMax: never },
    };
    const reconciler = await kit.startWorker({ timings }, (deps) => ({
      ...deps,
      payments: {
        ...deps.payments,
        listDue: (dueClass, nowMs, limit) => {
          const hasCome = nowMs >= (approving?.nextAttemptAtMs ?? Number.POSITIVE_INFINITY);
          if (dueClass === 'undecided' && hasCome) rounds++;
          return deps.payments.listDue(dueClass, nowMs, limit);
        },
        takeTurn: (due, dueClass, endMs) => {
          if (due.orderId === order.orderId) turnsInRound.push(rounds);
          return deps.payments.takeTurn(due, dueClass, endMs);
        },
      },
    }));
    await eventually(async () => expect(await stateOf(ann, reservationId)).toBe('confirmed'), 20);
    expect(turnsInRound).toEqual([1]);
    expect(kit.sandbox.charges(order.orderId)).toBe(1);
    const active = `urr:{${event.eventId}}:g1:active`;
    await eventually(async () => expect(await kit.redis.client().zscore(active, `u.${ann.sub}`)).toBeNull());
    await Promise.all([dying.stop(), reconciler.stop()]);
  });

  it('followed by the end of the reservation refunds the money and frees the seat', async () => {
    kit.sandbox.set({ lateWebhookMs: 600_000 });
    const timings = { ...testTimings, reconcileMs: never };
    const dying = await kit.startWorker({ timings }, dyingAfterYes);
    const { event } = await kit.createSale();
    const [ann, ben] = await Promise.all([kit.shopper(event.eventId), kit.shopper(event.eventId)]);
    const { reservationId, order } = await ordered(dying, ann, ['A-1-1']);
    expect((await confirm(dying, ann, order)).status).toBe(500);
    expect(kit.sandbox.keptKrw(order.orderId)).toBe(50_000);
    const later = await kit.startWorker({ timings }, (deps) => ({
      ...deps,
      nowMs: () => Date.now() + testTimings.holdMs,
    }));
    await eventually(async () => expect(await stateOf(ann, reservationId)).toBe('expired'));
    await later.stop();
    await held(front, ben, ['A-1-1']);
    const reconciler = await kit.startWorker();
    await eventually(() => expect(kit.sandbox.keptKrw(order.orderId)).toBe(0));
    await eventually(async () => expect(await paymentState(order.orderId)).toBe('refunded'));
    expect(await codeOf(confirm(front, ann, order))).toEqual([
      409,
      'RESERVATION_OVER',
      { payment: 'refunded' },
    ]);
    await Promise.all([dying.stop(), reconciler.stop()]);
  });
});

const codeOf = async (answer: ReturnType<typeof ask>) => {
  const { status, body } = await answer;
  return [status, body.code, body.details];
};

describe('a failing provider', () => {
  it('that loses its responses leaves no payment undecided, and every payment agrees with its seats', async () => {
    const reconciler = await kit.startWorker();
    const { event } = await kit.createSale();
    const shoppers = await Promise.all(Array.from({ length: 12 }, () => kit.shopper(event.eventId)));
    const orders = await Promise.all(shoppers.map((one, i) => ordered(front, one, [`FLOOR-${i + 1}`])));
    kit.sandbox.set({ lostAnswer: 0.7 });
    const answers = await Promise.all(
      orders.map(({ order }, i) => confirm(front, shoppers[i] as SeatShopper, order)),
    );
    for (const { status, body } of answers) expect([200, 202], JSON.stringify(body)).toContain(status);
    kit.sandbox.set({ lostAnswer: 0 });
    for (const { order, reservationId } of orders) {
      await eventually(async () => expect(await paymentState(order.orderId)).toBe('settled'));
      expect((await front.deps.reservations.get(reservationId))?.state).toBe('confirmed');
      expect(kit.sandbox.charges(order.orderId)).toBe(1);
    }
    await reconciler.stop();
  });
});

describe('a webhook', () => {
  const post = (body: string, signature: string, time: string) =>
    fetch(`${front.url}/api/v1/payments/webhook`, {
      method: 'POST',
      body,
      headers: { [webhookHeaders.signature]: signature, [webhookHeaders.time]: time },
    });

  it('finishes a payment after a crash without a reconciler, and changes nothing when repeated or late', async () => {
    kit.sandbox.set({ duplicated: 1, lateWebhookMs: 300 });
    const dying = await kit.startWorker({ timings: { ...testTimings, reconcileMs: never } }, dyingAfterYes);
    const { event } = await kit.createSale();
    const ann = await kit.shopper(event.eventId);
    const { reservationId, order } = await ordered(front, ann, ['A-1-1']);
    await confirm(dying, ann, order);
    await eventually(async () => expect(await stateOf(ann, reservationId)).toBe('confirmed'));
    const version = (await front.deps.reservations.get(reservationId))?.version;
    const body = JSON.stringify({ eventType: 'PAYMENT_STATUS_CHANGED', data: { orderId: order.orderId } });
    const time = new Date().toISOString();
    const signature = signWebhook('hook', body, time);
    for (let copy = 0; copy < 3; copy++) expect((await post(body, signature, time)).status).toBe(200);
    expect((await front.deps.reservations.get(reservationId))?.version).toBe(version);
    expect(kit.sandbox.charges(order.orderId)).toBe(1);
    await dying.stop();
  });

  it('with no signature, another key, another body or an old time is refused', async () => {
    const body = JSON.stringify({ eventType: 'PAYMENT_STATUS_CHANGED', data: { orderId: 'a'.repeat(32) } });
    const now = new Date().toISOString();
    const old = new Date(Date.now() - 10 * 60_000).toISOString();
    expect((await post(body, '', now)).status).toBe(403);
    expect((await post(body, signWebhook('other', body, now), now)).status).toBe(403);
    expect((await post(`${body} `, signWebhook('hook', body, now), now)).status).toBe(403);
    expect((await post(body, signWebhook('hook', body, old), old)).status).toBe(403);
    expect((await post(body, signWebhook('hook', body, now), now)).status).toBe(200);
    const other = '{"eventType":"SOMETHING_ELSE"}';
    expect((await post(other, signWebhook('hook', other, now), now)).status).toBe(200);
  });

  it('of a refund by an operator at the provider frees the seats', async () => {
    const { event } = await kit.createSale();
    const ann = await kit.shopper(event.eventId);
    const { reservationId, order } = await ordered(front, ann, ['A-1-1']);
    expect((await confirm(front, ann, order)).status).toBe(200);
    kit.sandbox.cancelAsOperator(order.orderId);
    await eventually(async () => expect(await stateOf(ann, reservationId)).toBe('cancelled'));
    await held(front, await kit.shopper(event.eventId), ['A-1-1']);
  });
});

describe('the seats in Redis', () => {
  it('are corrected from DynamoDB: a sale that Redis lacks, and a hold of a killed worker', async () => {
    const { event } = await kit.createSale();
    const { eventId } = event;
    const [ann, ben, cleo] = await Promise.all([1, 2, 3].map(() => kit.shopper(eventId)));
    if (!ann || !ben || !cleo) throw new Error('no shoppers');
    const { order } = await ordered(front, ann, ['A-1-1']);
    await confirm(front, ann, order);
    const { reservationId, fence } = await held(front, ben, ['A-1-2']);
    const dead = await front.deps.reservations.get(reservationId);
    await ask(front, 'POST', 'seats/release', ben, { body: { reservationId, fence } });
    const redis = kit.redis.client();
    const { seats, repair } = saleKeys(eventId);
    await redis.hdel(seats, 'A-1-1');
    await redis.hset(seats, 'A-1-2', `0:${dead?.fence}:${reservationId}`);
    await redis.del(repair);
    await eventually(async () => {
      const answer = await ask(front, 'GET', `seats/events/${eventId}`, cleo);
      expect(seatStatusesSchema.parse(answer.body).sections.A).toMatch(/^20/);
    }, 100);
  });
});

describe('the sold-out mark', () => {
  it("is set when the last seat is paid and removed when a refund frees one; an organizer's mark stays", async () => {
    const [, standing] = testSections;
    if (standing?.kind !== 'standing') throw new Error('no section');
    const { event } = await kit.createSale({}, [{ ...standing, capacity: 2 }]);
    const { eventId } = event;
    const byHand = await kit.createSale({ isSoldOut: true });
    const isSoldOut = async (id = eventId) => (await kit.events.get(id))?.isSoldOut;
    const [ann, ben] = await Promise.all([kit.shopper(eventId), kit.shopper(eventId)]);
    const one = await ordered(front, ann, ['FLOOR-1']);
    await confirm(front, ann, one.order);
    await held(front, ben, ['FLOOR-2']);
    // A held seat is not sold. Only rounds read this map, so a second read means that one round has judged the first.
    const before = readings.filter((id) => id === eventId).length;
    await eventually(() =>
      expect(readings.filter((id) => id === eventId).length).toBeGreaterThan(before + 1),
    );
    expect(await isSoldOut()).toBe(false);
    const mine = (await front.deps.reservations.listOfUser(ben.sub, 1))[0];
    if (mine === undefined) throw new Error('no reservation');
    const { reservationId, fence } = mine;
    const body = { reservationId, fence };
    const prepared = await ask(front, 'POST', 'payments/prepare', ben, { body });
    const { orderId, amountKrw } = prepareAnswerSchema.parse(prepared.body);
    const paymentKey = kit.sandbox.approve(orderId, amountKrw);
    expect((await confirm(front, ben, { orderId, amountKrw, fence, paymentKey })).status).toBe(200);
    await eventually(async () => expect(await isSoldOut()).toBe(true));
    await ask(front, 'POST', `payments/${orderId}/refund`, ben);
    await eventually(async () => expect(await isSoldOut()).toBe(false));
    expect(await isSoldOut(byHand.event.eventId)).toBe(true);
  });
});

describe('the outcomes of sales', () => {
  it('are sent once each, in order, by any number of workers, and survive an outage of SQS', async () => {
    const away = await kit.startWorker({ sqsUrl: 'http://127.0.0.1:9' });
    const { event } = await kit.createSale();
    const ann = await kit.shopper(event.eventId);
    const { reservationId, order } = await ordered(away, ann, ['A-1-1', 'A-1-2']);
    await confirm(away, ann, order);
    const second = await kit.startWorker();
    await ask(front, 'POST', `payments/${order.orderId}/refund`, ann);
    const published: ReservationEvent[] = [];
    await eventually(async () => {
      for (const { Body } of await kit.messages())
        published.push(reservationEventSchema.parse(JSON.parse(Body ?? '')));
      const own = published.filter(({ eventId }) => eventId === event.eventId);
      expect(own.map(reservationEventId).sort()).toEqual(
        [
          `${reservationId}:cancelled`,
          `${reservationId}:confirmed`,
          `${order.orderId}:refunded`,
          `${order.orderId}:settled`,
        ].sort(),
      );
    }, 300);
    const states = published.filter(({ id }) => id === reservationId).map(({ state }) => state);
    expect(states).toEqual(['confirmed', 'cancelled']);
    expect(published.find(({ id }) => id === reservationId)).toMatchObject({ seats: 2, amountKrw: 100_000 });
    await Promise.all([away.stop(), second.stop()]);
  });
});

it('a worker that is stopped finishes its current work, and is ready only while it runs', async () => {
  let answers = () => {};
  const mayAnswer = new Promise<void>((resolve) => {
    answers = resolve;
  });
  const worker = await kit.startWorker(
    {},
    (deps) => ({
      ...deps,
      provider: {
        ...deps.provider,
        confirm: async (order) => {
          await mayAnswer;
          return deps.provider.confirm(order);
        },
      },
    }),
    patienceMs,
  );
  await eventually(async () => expect((await fetch(`${worker.url}/ready`)).status).toBe(200));
  expect((await fetch(`${worker.url}/health`)).status).toBe(200);
  const { event } = await kit.createSale();
  const ann = await kit.shopper(event.eventId);
  const { order } = await ordered(worker, ann, ['A-1-1']);
  const answer = confirm(worker, ann, order);
  await eventually(async () => expect(await paymentState(order.orderId)).toBe('approving'));
  // Not awaited, because the client keeps its connection.
  void worker.stop();
  answers();
  expect((await answer).status).toBe(200);
  await eventually(() => expect(fetch(`${worker.url}/ready`)).rejects.toThrow());
});
