import { beforeEach, describe, expect, it } from 'vitest';
import { createMine, type Mine, refundOf } from '../../../../../web/sale/reservations/mine.ts';
import { createSaleWorld, eventId, holdAnswer, reservationId } from '../fake-sale-ports.ts';

let test: ReturnType<typeof createSaleWorld>['test'];
let mine: Mine;
const listed = (state: string) => () => ({
  body: { reservations: [holdAnswer({ state })], serverTimeMs: test.serverMs() },
});

beforeEach(() => {
  const made = createSaleWorld();
  test = made.test;
  mine = createMine(made.ports, () => {});
  test.replies.mine = listed('confirmed');
});

describe('my reservations', () => {
  it('final reservations are read once, with the names of their events', async () => {
    mine.start();
    await test.run(120_000);
    expect(test.asked('mine')).toHaveLength(1);
    expect(test.asked('event')).toHaveLength(1);
    expect(mine.view()).toMatchObject({ phase: 'shown', events: { spring: { title: { en: 'Spring' } } } });
  });

  it('a pending reservation is polled', async () => {
    test.replies.mine = listed('pending');
    mine.start();
    await test.run(60_000);
    expect(test.asked('mine').length).toBeGreaterThan(3);
    expect(test.asked('mine').length).toBeLessThan(9);
  });

  it('a reservation is cancelled once, after a confirmation, and shows its new state', async () => {
    mine.start();
    await test.run(500);
    void mine.confirmCancel(reservationId);
    expect(mine.view().confirmingId).toBe(reservationId);
    void mine.confirmCancel(null);
    await test.run(500);
    expect(test.asked('cancel')).toHaveLength(0);
    void mine.cancel(reservationId);
    void mine.cancel(reservationId);
    await test.run(500);
    expect(test.asked('cancel')).toHaveLength(1);
    expect(mine.view()).toMatchObject({ busyId: null, reservations: [{ state: 'cancelled' }] });
  });

  const refund = {
    isRefundable: true,
    feePercent: 10,
    untilMs: 1_800_000_000_000,
    seats: [
      { seatId: 'A-1-2', paidKrw: 100_000, refundKrw: 90_000 },
      { seatId: 'A-1-3', paidKrw: 55, refundKrw: 50 },
    ],
  };
  const asked = async (more = {}) => {
    test.replies.reservation = () => ({
      body: { ...holdAnswer({ state: 'confirmed' }), refund: { ...refund, ...more } },
    });
    mine.start();
    await test.run(500);
    void mine.confirmCancel(reservationId);
    await test.run(500);
  };

  it('a confirmation of a paid reservation shows the refund per seat and sends the sum', async () => {
    await asked();
    expect(mine.view()).toMatchObject({ refund, chosen: ['A-1-2', 'A-1-3'] });
    expect(refundOf(refund, mine.view().chosen)).toEqual({ paidKrw: 100_055, refundKrw: 90_050 });
    void mine.cancel(reservationId);
    await test.run(500);
    expect(test.asked('cancel')[0]?.options.body).toEqual({ refundKrw: 90_050 });
  });

  it('single seats are cancelled by id, with the sum that was shown', async () => {
    await asked();
    mine.choose('A-1-2');
    mine.choose('A-1-3');
    expect(refundOf(refund, mine.view().chosen).refundKrw).toBe(0);
    mine.choose('A-1-3');
    void mine.cancel(reservationId);
    await test.run(500);
    expect(test.asked('cancel')[0]?.options.body).toEqual({ seatIds: ['A-1-3'], refundKrw: 50 });
  });

  it('a fee that has grown meanwhile is shown again, and nothing is cancelled', async () => {
    await asked();
    test.replies.cancel = () => ({ code: 'REFUND_CHANGED', details: { refundKrw: 80_044 } });
    test.replies.reservation = () => ({
      body: { ...holdAnswer({ state: 'confirmed' }), refund: { ...refund, feePercent: 20 } },
    });
    void mine.cancel(reservationId);
    await test.run(1_000);
    expect(mine.view()).toMatchObject({
      confirmingId: reservationId,
      refund: { feePercent: 20 },
      problem: { kind: 'changed' },
      reservations: [{ state: 'confirmed' }],
    });
  });

  it('a confirmation does not open if the refund cannot be read', async () => {
    test.replies.reservation = () => 'lost';
    mine.start();
    await test.run(500);
    void mine.confirmCancel(reservationId);
    await test.run(500);
    expect(mine.view()).toMatchObject({ confirmingId: null, problem: { id: reservationId, kind: 'lost' } });
  });

  it('only the tab that holds the seats can pay', async () => {
    test.replies.mine = listed('pending');
    mine.start();
    await test.run(500);
    const [own] = mine.view().reservations;
    if (!own) throw new Error('nothing is listed');
    expect(mine.isHeldHere(own)).toBe(false);
    const held = { reservationId, eventId, fence: 7, seatIds: own.seatIds };
    test.memory.set(`urr.hold.${eventId}`, JSON.stringify(held));
    expect(mine.isHeldHere(own)).toBe(true);
    test.memory.set(`urr.hold.${eventId}`, '{broken');
    expect(mine.isHeldHere(own)).toBe(false);
  });

  it.each([
    ['CONFLICT', 'not-settled'],
    ['UNAVAILABLE', 'lost'],
    ['NOT_REFUNDABLE', 'not-refundable'],
  ] as const)('a cancellation refused with %s shows its reason and changes nothing', async (code, kind) => {
    test.replies.cancel = () => ({ code });
    mine.start();
    await test.run(500);
    void mine.cancel(reservationId);
    await test.run(5_000);
    expect(mine.view()).toMatchObject({
      problem: { id: reservationId, kind },
      reservations: [{ state: 'confirmed' }],
    });
  });

  it('a signed-out buyer is asked to sign in, and a failed list is loaded again automatically', async () => {
    test.replies.mine = () => ({ code: 'NOT_SIGNED_IN' });
    mine.start();
    await test.run(60_000);
    expect([mine.view().phase, test.asked('mine').length]).toEqual(['sign-in', 1]);
    const { ports, test: other } = createSaleWorld();
    other.replies.mine = () => 'lost';
    const later = createMine(ports, () => {});
    later.start();
    await other.run(1_000);
    expect(later.view().phase).toBe('failed');
    other.replies.mine = () => ({ body: { reservations: [], serverTimeMs: other.serverMs() } });
    await other.run(15_000);
    expect(later.view().phase).toBe('shown');
  });
});
