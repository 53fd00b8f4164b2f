import { beforeEach, describe, expect, it } from 'vitest';
import { createMine, type Mine } from '../../../web/reservations/mine.ts';
import { createSaleWorld, eventId, holdAnswer, reservationId } from './sale-world.ts';

let test: ReturnType<typeof createSaleWorld>['test'];
let mine: Mine;
const listed = (state: string) => () => ({
  body: { reservations: [holdAnswer({ state })], serverTimeMs: test.serverMs() },
});

beforeEach(() => {
  const made = createSaleWorld();
  test = made.test;
  mine = createMine(made.world, () => {});
  test.replies.mine = listed('confirmed');
});

describe('my reservations', () => {
  it('are asked for once while nothing can change, with the names of their events', async () => {
    mine.start();
    await test.run(120_000);
    expect(test.asked('mine')).toHaveLength(1);
    expect(test.asked('event')).toHaveLength(1);
    expect(mine.view()).toMatchObject({ phase: 'shown', events: { spring: { title: { en: 'Spring' } } } });
  });

  it('are looked at again while one is pending', async () => {
    test.replies.mine = listed('pending');
    mine.start();
    await test.run(60_000);
    expect(test.asked('mine').length).toBeGreaterThan(3);
    expect(test.asked('mine').length).toBeLessThan(9);
  });

  it('one is given back after a second question, and shows its new state', async () => {
    mine.start();
    await test.run(500);
    mine.ask(reservationId);
    expect(mine.view().askedId).toBe(reservationId);
    mine.ask(null);
    await test.run(500);
    expect(test.asked('cancel')).toHaveLength(0);
    void mine.cancel(reservationId);
    void mine.cancel(reservationId);
    await test.run(500);
    expect(test.asked('cancel')).toHaveLength(1);
    expect(mine.view()).toMatchObject({ busyId: null, reservations: [{ state: 'cancelled' }] });
  });

  it('are paid where they are held: another tab does not know the fence', async () => {
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
  ] as const)(
    'a cancel that is refused with %s is said beside it, and nothing is shown as done',
    async (code, kind) => {
      test.replies.cancel = () => ({ code });
      mine.start();
      await test.run(500);
      void mine.cancel(reservationId);
      await test.run(5_000);
      expect(mine.view()).toMatchObject({
        problem: { id: reservationId, kind },
        reservations: [{ state: 'confirmed' }],
      });
    },
  );

  it('nobody signed in is told so; a list that cannot be had comes by itself later', async () => {
    test.replies.mine = () => ({ code: 'NOT_SIGNED_IN' });
    mine.start();
    await test.run(60_000);
    expect([mine.view().phase, test.asked('mine').length]).toEqual(['sign-in', 1]);
    const { world, test: other } = createSaleWorld();
    other.replies.mine = () => 'lost';
    const later = createMine(world, () => {});
    later.start();
    await other.run(1_000);
    expect(later.view().phase).toBe('failed');
    other.replies.mine = () => ({ body: { reservations: [], serverTimeMs: other.serverMs() } });
    await other.run(15_000);
    expect(later.view().phase).toBe('shown');
  });
});
