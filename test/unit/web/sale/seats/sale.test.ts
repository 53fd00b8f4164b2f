import { beforeEach, describe, expect, it } from 'vitest';
import { createSale } from '../../../../../web/sale/seats/sale.ts';
import type { Sale, SaleView } from '../../../../../web/sale/seats/sale-view.ts';
import { en } from '../../../../../web/sale/seats/words-en.ts';
import { ko } from '../../../../../web/sale/seats/words-ko.ts';
import {
  checkoutUrl,
  createSaleWorld,
  event,
  eventId,
  holdAnswer,
  reservationId,
  statuses,
} from '../fake-sale-ports.ts';

type Test = ReturnType<typeof createSaleWorld>['test'];
let test: Test;
let sale: Sale;
let views: SaleView[];

function open(memory?: Map<string, string>): void {
  const made = createSaleWorld(memory);
  test = made.test;
  views = [];
  sale = createSale(eventId, made.ports, (view) => views.push(view));
}
async function choosing(): Promise<void> {
  sale.start();
  await test.run(500);
  expect(sale.view().phase).toBe('choosing');
}
async function held(): Promise<void> {
  await choosing();
  sale.toggle('A-1-2');
  sale.toggle('A-1-3');
  void sale.reserve();
  await test.run(500);
  expect(sale.view().phase).toBe('held');
}
const keysOf = (kind: 'reserve') =>
  test.asked(kind).map(({ options }) => options.headers?.['idempotency-key']);

beforeEach(() => open());

describe('how the seats stand', () => {
  it('is asked within the server’s two seconds, so that a taken seat is seen in time, never twice at once, by event', async () => {
    test.latencyMs = 250;
    sale.start();
    await test.run(60_000);
    const asked = test.asked('statuses');
    expect(asked.length).toBeGreaterThan(50);
    expect(asked.length).toBeLessThan(80);
    expect(test.mostAtOnce('statuses')).toBe(1);
    expect(asked.every(({ options }) => options.headers?.['x-urr-event'] === eventId)).toBe(true);
    expect(test.asked('layout')).toHaveLength(1);
  });

  it('is not shown from an older view than one that was shown: no seat flickers back', async () => {
    const answers = [
      statuses({ asOfMs: 2_000, A: '1000000000' }),
      statuses({ asOfMs: 1_000, A: '0000000000' }),
    ];
    test.replies.statuses = () => ({ body: answers.shift() ?? statuses({ asOfMs: 2_000, A: '1000000000' }) });
    sale.start();
    await test.run(10_000);
    expect(views.flatMap(({ digits }) => digits.A ?? [])).not.toContain('0000000000');
  });

  it('takes a new layout with its revision', async () => {
    await choosing();
    test.replies.statuses = () => ({ body: statuses({ asOfMs: test.nowMs(), layoutRevision: 2 }) });
    test.replies.layout = () => ({
      body: {
        eventId,
        revision: 2,
        sections: [
          { kind: 'standing', id: 'ST', name: { ko: '', en: '' }, grade: 'S', priceKrw: 1, capacity: 3 },
        ],
      },
    });
    await test.run(5_000);
    expect(sale.view().map?.layout.revision).toBe(2);
  });

  it('is asked less often while the service is away, and again as soon as it is back', async () => {
    await choosing();
    test.replies.statuses = () => ({ code: 'UNAVAILABLE' });
    await test.run(60_000);
    const during = test.asked('statuses').length;
    expect(during).toBeLessThan(10);
    expect(sale.view().isReconnecting).toBe(true);
    test.replies.statuses = () => ({ body: statuses({ asOfMs: test.nowMs() }) });
    await test.run(40_000);
    expect(sale.view().isReconnecting).toBe(false);
    expect(test.asked('statuses').length).toBeGreaterThan(during + 5);
  });

  it('is not asked while nobody looks, nor while the seats are held', async () => {
    await choosing();
    sale.sleep();
    const asleep = test.asked('statuses').length;
    await test.run(60_000);
    expect(test.asked('statuses')).toHaveLength(asleep);
    sale.wake();
    await test.run(5_000);
    expect(test.asked('statuses').length).toBeGreaterThan(asleep);
    open();
    await held();
    const before = test.asked('statuses').length;
    await test.run(20_000);
    expect(test.asked('statuses')).toHaveLength(before);
  });
});

describe('choosing', () => {
  it('takes free seats up to the order’s limit and says so at the limit', async () => {
    test.replies.statuses = () => ({ body: statuses({ asOfMs: test.nowMs(), A: '1000000000' }) });
    await choosing();
    expect(['A-1-1', 'A-1-2', 'A-1-3', 'A-2-1', 'A-2-2', 'A-2-3'].map(sale.toggle)).toEqual([
      'taken',
      'added',
      'added',
      'added',
      'added',
      'full',
    ]);
    expect(sale.toggle('A-1-2')).toBe('removed');
    expect(sale.view().choice.seatIds).toEqual(['A-1-3', 'A-2-1', 'A-2-2']);
    sale.stand('ST', 9);
    expect(sale.view().choice.standing).toEqual({ ST: 1 });
  });

  it('gives back a seat that somebody else has taken meanwhile, and names it', async () => {
    await choosing();
    sale.toggle('A-1-2');
    sale.toggle('A-1-3');
    test.replies.statuses = () => ({ body: statuses({ asOfMs: test.nowMs(), A: '0100000000' }) });
    await test.run(3_000);
    expect(sale.view()).toMatchObject({
      choice: { seatIds: ['A-1-3'] },
      notice: { kind: 'taken', seatIds: ['A-1-2'] },
    });
  });

  it('people who stand get any places of their area; with seats besides, free ones by name', async () => {
    test.replies.statuses = () => ({ body: statuses({ asOfMs: test.nowMs(), ST: '11110011' }) });
    await choosing();
    sale.stand('ST', 2);
    void sale.reserve();
    await test.run(500);
    expect(test.asked('reserve')[0]?.options.body).toEqual({ bestAvailable: { section: 'ST', count: 2 } });
    open();
    test.replies.statuses = () => ({ body: statuses({ asOfMs: test.nowMs(), ST: '11110011' }) });
    await choosing();
    sale.toggle('A-1-1');
    sale.stand('ST', 2);
    void sale.reserve();
    await test.run(500);
    expect(test.asked('reserve')[0]?.options.body).toEqual({ seatIds: ['A-1-1', 'ST-5', 'ST-6'] });
  });
});

describe('reserving', () => {
  it('holds the seats under the clock of the server', async () => {
    test.setClockOffset(-3_600_000);
    test.replies.reserve = () => ({
      body: holdAnswer({ serverTimeMs: test.serverMs(), expiresAtMs: test.serverMs() + 300_000 }),
    });
    await held();
    expect(sale.view()).toMatchObject({ hold: { fence: 7 }, isEnding: false });
    await test.run(239_000);
    expect(sale.view().isEnding).toBe(false);
    await test.run(1_500);
    expect(sale.view().isEnding).toBe(true);
    expect(views.filter(({ isEnding }, at) => isEnding && !views[at - 1]?.isEnding)).toHaveLength(1);
  });

  it('asks for the best places together in one call', async () => {
    await choosing();
    void sale.best(3, 'R');
    await test.run(500);
    expect(test.asked('reserve')[0]?.options.body).toEqual({ bestAvailable: { count: 3, grade: 'R' } });
    expect(sale.view().phase).toBe('held');
  });

  it('repeats a lost answer with the same key, and stops after a few', async () => {
    let lost = 2;
    test.replies.reserve = () => {
      lost -= 1;
      return lost >= 0 ? 'lost' : { body: holdAnswer({ serverTimeMs: test.serverMs() }) };
    };
    await choosing();
    void sale.best(2);
    await test.run(30_000);
    expect(sale.view().phase).toBe('held');
    expect(new Set(keysOf('reserve')).size).toBe(1);
    open();
    test.replies.reserve = () => 'lost';
    await choosing();
    void sale.best(2);
    await test.run(120_000);
    expect(test.asked('reserve')).toHaveLength(5);
    expect(sale.view()).toMatchObject({ phase: 'choosing', notice: { kind: 'lost' } });
  });

  it('pressed again after a loss, or after a refresh, is the same attempt; another choice is another', async () => {
    test.replies.reserve = () => 'lost';
    await choosing();
    void sale.best(2);
    await test.run(120_000);
    void sale.best(2);
    await test.run(120_000);
    const [key] = keysOf('reserve');
    expect(new Set(keysOf('reserve'))).toEqual(new Set([key]));
    open(test.memory);
    sale.start();
    await test.run(1_000);
    expect(keysOf('reserve')).toEqual([key]);
    expect(sale.view().phase).toBe('held');
    open();
    test.replies.reserve = () => 'lost';
    await choosing();
    void sale.best(2);
    await test.run(120_000);
    void sale.best(3);
    await test.run(1_000);
    expect(new Set(keysOf('reserve')).size).toBe(2);
  });

  it('waits as long as a crowded server asks', async () => {
    let tries = 0;
    test.replies.reserve = () => {
      tries += 1;
      return tries === 1
        ? { code: 'TOO_MANY_REQUESTS', retryAfterSeconds: 7 }
        : { body: holdAnswer({ serverTimeMs: test.serverMs() }) };
    };
    await choosing();
    void sale.best(2);
    await test.run(6_000);
    expect(tries).toBe(1);
    await test.run(6_000);
    expect(sale.view().phase).toBe('held');
  });

  it('says when this account holds too much, and does not knock again', async () => {
    test.replies.reserve = () => ({
      code: 'TOO_MANY_REQUESTS',
      retryAfterSeconds: 5,
      details: { reason: 'too-many' },
    });
    await choosing();
    void sale.best(2);
    await test.run(60_000);
    expect(test.asked('reserve')).toHaveLength(1);
    expect(sale.view()).toMatchObject({ phase: 'choosing', notice: { kind: 'too-many' } });
  });

  it('that meets a taken seat keeps the others, names the taken and shows it so at once', async () => {
    test.replies.reserve = () => ({ code: 'SEATS_TAKEN', details: { seatIds: ['A-1-2'] } });
    await choosing();
    test.replies.statuses = () => 'lost';
    sale.toggle('A-1-2');
    sale.toggle('A-1-3');
    void sale.reserve();
    await test.run(300);
    expect(sale.view()).toMatchObject({
      phase: 'choosing',
      choice: { seatIds: ['A-1-3'] },
      notice: { kind: 'taken', seatIds: ['A-1-2'] },
      digits: { A: '0100000000' },
    });
    void sale.reserve();
    await test.run(300);
    expect(new Set(keysOf('reserve')).size).toBe(2);
  });

  it('answered with a reservation that is over by now starts anew', async () => {
    test.replies.reserve = () => ({
      body: holdAnswer({ serverTimeMs: test.serverMs(), state: 'expired' }),
    });
    await choosing();
    void sale.best(2);
    await test.run(500);
    expect(sale.view()).toMatchObject({ phase: 'choosing', hold: null, notice: { kind: 'time-over' } });
  });

  it('pressed twice is one call', async () => {
    await choosing();
    sale.toggle('A-1-1');
    void sale.reserve();
    void sale.reserve();
    void sale.best(2);
    await test.run(500);
    expect(test.asked('reserve')).toHaveLength(1);
  });
});

describe('a hold', () => {
  it('survives a refresh, with its fence, and asks nothing of the seat map', async () => {
    await held();
    open(test.memory);
    sale.start();
    await test.run(500);
    expect(sale.view()).toMatchObject({ phase: 'held', hold: { reservationId, fence: 7 } });
    expect(test.asked('reserve')).toHaveLength(0);
  });

  it('is not forgotten while nothing can be asked', async () => {
    await held();
    open(test.memory);
    test.replies.reservation = () => 'lost';
    sale.start();
    await test.run(10_000);
    expect(sale.view().isReconnecting).toBe(true);
    test.replies.reservation = () => ({ body: holdAnswer({ serverTimeMs: test.serverMs() }) });
    await test.run(10_000);
    expect(sale.view()).toMatchObject({ phase: 'held', isReconnecting: false });
  });

  it('ends with the server’s word: over, back to the map; paid meanwhile, bought', async () => {
    await held();
    test.replies.reservation = () => ({
      body: holdAnswer({ serverTimeMs: test.serverMs(), state: 'expired' }),
    });
    await test.run(301_000);
    expect(sale.view()).toMatchObject({ phase: 'choosing', notice: { kind: 'time-over' }, isEnding: false });
    const asked = test.asked('statuses').length;
    await test.run(5_000);
    expect(test.asked('statuses').length).toBeGreaterThan(asked);
    open();
    await held();
    test.replies.reservation = () => ({
      body: holdAnswer({ serverTimeMs: test.serverMs(), state: 'confirmed' }),
    });
    await test.run(301_000);
    expect(sale.view().phase).toBe('bought');
  });

  it('that ended while the machine slept is noticed on waking', async () => {
    await held();
    test.replies.reservation = () => ({
      body: holdAnswer({ serverTimeMs: test.serverMs(), state: 'expired' }),
    });
    test.sleep(400_000);
    sale.wake();
    await test.run(200);
    expect(sale.view().phase).toBe('choosing');
  });

  it('is extended with its fence and then warns again', async () => {
    await held();
    await test.run(245_000);
    expect(sale.view().isEnding).toBe(true);
    void sale.extend();
    await test.run(500);
    expect(test.asked('extend')[0]?.options).toMatchObject({
      body: { reservationId, fence: 7 },
      headers: { 'x-urr-event': eventId },
    });
    expect(sale.view()).toMatchObject({ phase: 'held', isEnding: false, task: null });
    await test.run(241_000);
    expect(sale.view().isEnding).toBe(true);
  });

  it('is released, forgotten by this tab, and the map is asked for again', async () => {
    await held();
    void sale.release();
    await test.run(3_000);
    expect(sale.view()).toMatchObject({ phase: 'choosing', hold: null, notice: { kind: 'released' } });
    open(test.memory);
    sale.start();
    await test.run(500);
    expect(test.asked('reservation')).toHaveLength(0);
    // Nor is it reserved once more.
    expect(test.asked('reserve')).toHaveLength(0);
  });

  it.each([
    ['RESERVATION_OVER', { state: 'expired' }, 'choosing'],
    ['RESERVATION_OVER', { state: 'confirmed' }, 'bought'],
    ['FENCE_REFUSED', undefined, 'choosing'],
    ['NOT_FOUND', undefined, 'choosing'],
    ['NOT_SIGNED_IN', undefined, 'sign-in'],
    ['WRONG_ACCOUNT', undefined, 'refused'],
  ] as const)('refused with %s %o is %s', async (code, details, phase) => {
    await held();
    for (const kind of ['extend', 'release', 'prepare'] as const)
      test.replies[kind] = () => ({ code, details });
    void sale.extend();
    await test.run(300);
    expect(sale.view().phase).toBe(phase);
  });

  it('does one thing at a time', async () => {
    await held();
    void sale.pay();
    void sale.release();
    void sale.extend();
    await test.run(500);
    expect(
      [test.asked('prepare'), test.asked('release'), test.asked('extend')].map(({ length }) => length),
    ).toEqual([1, 0, 0]);
  });
});

describe('paying', () => {
  it('goes to the provider’s page, once', async () => {
    await held();
    void sale.pay();
    await test.run(500);
    expect(test.asked('prepare')[0]?.options.body).toEqual({ reservationId, fence: 7 });
    expect(test.went).toEqual([checkoutUrl]);
    expect(sale.view().phase).toBe('leaving');
  });

  it('opens the provider’s window where it has no address, and stays when that is closed', async () => {
    await held();
    test.isProviderClosed = true;
    test.replies.prepare = () => ({
      body: {
        orderId: 'o',
        reservationId,
        amountKrw: 1,
        checkout: { url: null, clientKey: 'k', orderName: 'n', successUrl: 's', failUrl: 'f' },
      },
    });
    void sale.pay();
    await test.run(500);
    expect([test.providerOpened, sale.view().phase, sale.view().task]).toEqual([1, 'held', null]);
  });

  it('follows nothing but a web address', async () => {
    await held();
    test.replies.prepare = () => ({
      body: {
        orderId: 'o',
        reservationId,
        amountKrw: 1,
        checkout: {
          url: 'javascript:alert(1)',
          clientKey: 'k',
          orderName: 'n',
          successUrl: 's',
          failUrl: 'f',
        },
      },
    });
    void sale.pay();
    await test.run(500);
    expect(test.went).toEqual([]);
  });

  it('of nothing confirms at once, on the page that the provider would come back to', async () => {
    await held();
    test.replies.prepare = () => ({
      body: { orderId: 'order_1', reservationId, amountKrw: 0, checkout: null },
    });
    void sale.pay();
    await test.run(500);
    const [went = ''] = test.went;
    expect(Object.fromEntries(new URL(went, 'https://urr.example').searchParams)).toEqual({
      payment: 'paid',
      event: eventId,
      reservation: reservationId,
      fence: '7',
      orderId: 'order_1',
      paymentKey: 'free',
      amount: '0',
    });
  });

  it('that is under way already leads to the page that waits for it', async () => {
    await held();
    test.replies.prepare = () => ({ code: 'CONFLICT', details: { orderId: 'o', state: 'approving' } });
    void sale.pay();
    await test.run(500);
    expect(test.went).toEqual([`/reservations?reservation=${reservationId}`]);
  });

  it('coming back by the back button finds the hold again', async () => {
    await held();
    void sale.pay();
    await test.run(500);
    open(test.memory);
    sale.start();
    await test.run(500);
    expect(sale.view().phase).toBe('held');
  });
});

describe('the way in', () => {
  it.each([
    ['ENTRY_TOKEN_REQUIRED', '/queue/spring'],
    ['PASS_REQUIRED', '/vwr/spring'],
  ])('%s leads back to %s, but not in circles', async (code, href) => {
    test.replies.statuses = () => ({ code });
    sale.start();
    await test.run(1_000);
    expect(test.went).toEqual([href]);
    open(test.memory);
    test.replies.statuses = () => ({ code });
    sale.start();
    await test.run(4_000);
    expect(test.went).toEqual([]);
  });

  it('who sees the seats has arrived: going through the queue again is no return', async () => {
    test.memory.set('urr.departures.queue.spring', '1,2,3');
    sale.start();
    await test.run(1_000);
    expect(test.memory.get('urr.departures.queue.spring')).toBe('');
  });

  it('refreshes the sign-in once, and asks to sign in when that does not help', async () => {
    test.replies.statuses = () => ({ code: 'NOT_SIGNED_IN' });
    sale.start();
    await test.run(60_000);
    expect(sale.view().phase).toBe('sign-in');
    expect([test.asked('statuses').length, test.asked('refresh').length]).toEqual([1, 1]);
  });

  it('gives a sign of life every half minute, held or not, until there is no queue', async () => {
    await held();
    await test.run(120_000);
    const beats = test.asked('heartbeat').length;
    expect(beats).toBeGreaterThanOrEqual(4);
    expect(beats).toBeLessThanOrEqual(5);
    test.replies.heartbeat = () => ({ code: 'WAITING_ROOM_INACTIVE' });
    await test.run(100_000);
    expect(test.asked('heartbeat')).toHaveLength(beats + 1);
  });
});

describe('a shopper who stands in line again after a loss of data', () => {
  const inLine = () => ({ body: { state: 'waiting', nextPoll: 1 } });

  it('is led from the map to the queue, which is told why', async () => {
    await choosing();
    test.replies.heartbeat = inLine;
    await test.run(31_000);
    expect(test.went).toEqual(['/queue/spring']);
    expect(test.memory.get('urr.inside.spring')).toBe('1');
    expect(test.beacons).toEqual([]);
  });

  it('keeps what is held, hears of it, pays, and goes to the queue when the hold is given up', async () => {
    await held();
    test.replies.heartbeat = inLine;
    await test.run(31_000);
    expect(sale.view()).toMatchObject({ phase: 'held', notice: { kind: 'outside' } });
    expect(test.went).toEqual([]);
    // Asked often, so that its turn is not missed.
    expect(test.asked('heartbeat').length).toBeGreaterThan(2);
    test.replies.statuses = () => ({ body: statuses({}) });
    void sale.release();
    await test.run(5_000);
    expect(test.went).toEqual(['/queue/spring']);
  });

  it('who is let in again goes on', async () => {
    await held();
    test.replies.heartbeat = inLine;
    await test.run(31_000);
    test.replies.heartbeat = () => ({ body: { state: 'admitted', nextPoll: 30 } });
    await test.run(31_000);
    void sale.pay();
    await test.run(1_000);
    expect(test.went).toEqual([checkoutUrl]);
  });
});

describe('a page that is closed', () => {
  it('gives its place inside back soon, if nothing is held', async () => {
    await choosing();
    sale.away();
    expect(test.beacons).toEqual(['/api/v1/queue/away/spring']);
  });

  it('on the way to the provider keeps the place', async () => {
    await held();
    sale.away();
    void sale.pay();
    await test.run(1_000);
    sale.away();
    expect(test.beacons).toEqual([]);
  });

  it('that opens again says so at once', async () => {
    sale.start();
    await test.run(200);
    expect(test.asked('heartbeat')).toHaveLength(1);
  });
});

describe('the cap of an account', () => {
  const mine =
    (seatIds: string[], state = 'confirmed') =>
    () => ({
      body: { reservations: [holdAnswer({ state, seatIds })], serverTimeMs: test.serverMs() },
    });
  const capped = () => {
    test.replies.event = () => ({ body: { ...event, seatsPerAccount: 3 } });
  };

  it('lets nobody choose more than is left beside what was bought', async () => {
    capped();
    test.replies.mine = mine(['A-2-1', 'A-2-2']);
    await choosing();
    expect(sale.view().seatsLeft).toBe(1);
    expect(sale.toggle('A-1-2')).toBe('added');
    expect(sale.toggle('A-1-3')).toBe('full');
  });

  it('is not asked for where the event says none, and not lowered by what is over', async () => {
    await choosing();
    expect(test.asked('mine')).toHaveLength(0);
    open();
    capped();
    test.replies.mine = mine(['A-2-1', 'A-2-2'], 'cancelled');
    await choosing();
    expect(sale.view().seatsLeft).toBe(3);
  });

  it('that the server finds is said with what is left, and holds for the next choice', async () => {
    test.replies.reserve = () => ({ code: 'SEATS_PER_ACCOUNT', details: { seatsPerAccount: 3, left: 1 } });
    await choosing();
    sale.toggle('A-1-2');
    sale.toggle('A-1-3');
    void sale.reserve();
    await test.run(500);
    expect(sale.view()).toMatchObject({ phase: 'choosing', seatsLeft: 1, notice: { kind: 'account-full' } });
    expect(ko.accountLeft(1)).toContain('1석');
    expect(en.accountLeft(0)).toContain('already');
    sale.toggle('A-1-2');
    expect(sale.toggle('A-1-3')).toBe('full');
  });
});

it('a sale that has ended says so, while choosing and while paying', async () => {
  test.replies.reserve = () => ({ code: 'SALE_ENDED', details: { salesEndAt: '2026-12-24T10:00:00.000Z' } });
  await choosing();
  sale.toggle('A-1-2');
  void sale.reserve();
  await test.run(500);
  expect(sale.view().phase).toBe('sale-ended');
  open();
  await held();
  test.replies.prepare = () => ({ code: 'SALE_ENDED' });
  void sale.pay();
  await test.run(500);
  expect(sale.view().phase).toBe('sale-ended');
});
