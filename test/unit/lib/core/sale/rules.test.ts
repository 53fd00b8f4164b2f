import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { indexShards } from '#contract/sale-tables.ts';
import { withFreeOrders } from '#core/sale/free-orders.ts';
import { orderIdOf, reservationIdOf } from '#core/sale/ids.ts';
import { wasNeverPending } from '#core/sale/reservation.ts';
import { decideSoldOut } from '#core/sale/sold-out.ts';

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

describe('names derived from a request', () => {
  it('a reservation id is a UUID, the same for the same request, and another for any other', () => {
    const text = fc.string({ maxLength: 5 });
    const request = fc.record({ eventId: text, userId: text, key: text, attempt: fc.nat(3) });
    fc.assert(
      fc.property(request, request, (one, two) => {
        const id = reservationIdOf(sha256, one);
        expect(z.uuid().safeParse(id).success).toBe(true);
        expect(indexShards).toContain(id.charAt(0));
        expect(id === reservationIdOf(sha256, two)).toBe(JSON.stringify(one) === JSON.stringify(two));
      }),
    );
  });

  it('different parts never give the same id', () => {
    const base = { eventId: 'a', userId: 'b,1:c', key: 'd', attempt: 0 };
    const shifted = { eventId: 'a', userId: 'b', key: 'c,1:d', attempt: 0 };
    expect(reservationIdOf(sha256, base)).not.toBe(reservationIdOf(sha256, shifted));
  });

  it('an order id fits the provider’s rules and begins with a hex digit', () => {
    const id = orderIdOf(sha256, 'reservation', 0);
    expect(id).toMatch(/^[0-9a-f]{32}$/);
    expect(orderIdOf(sha256, 'reservation', 1)).not.toBe(id);
  });
});

describe('sold out', () => {
  const decide = (isSoldOut: boolean, isMarkedByUrr: boolean, sold: number) =>
    decideSoldOut({ isSoldOut, isMarkedByUrr, seats: 10, sold });

  it('URR sets an event sold out when every seat is sold, and takes only its own value back when one is free again', () => {
    expect(decide(false, false, 10)).toBe('set');
    expect(decide(true, true, 10)).toBe('nothing');
    expect(decide(true, true, 9)).toBe('clear');
    expect(decide(false, false, 9)).toBe('nothing');
  });

  it("an organizer's own value stays, and a mark left by a crash is removed", () => {
    expect(decide(true, false, 9)).toBe('nothing');
    expect(decide(false, true, 9)).toBe('drop-mark');
    expect(decideSoldOut({ isSoldOut: false, isMarkedByUrr: false, seats: 0, sold: 0 })).toBe('nothing');
  });
});

it('a reservation that ended before its seats were claimed differs from one that was held', () => {
  expect(wasNeverPending({ state: 'cancelled', version: 2 })).toBe(true);
  expect(wasNeverPending({ state: 'expired', version: 2 })).toBe(true);
  expect(wasNeverPending({ state: 'expired', version: 3 })).toBe(false);
  expect(wasNeverPending({ state: 'pending', version: 2 })).toBe(false);
});

it('only an order of 0 won is free: a forged free key of any other order goes to the provider', async () => {
  const declined = { state: 'declined' } as const;
  const provider = withFreeOrders({
    confirm: async () => declined,
    query: async () => declined,
    cancel: async () => declined,
  });
  const order = { orderId: 'o', paymentKey: 'free', amountKrw: 0, idempotencyKey: 'k' };
  expect(await provider.confirm(order)).toMatchObject({ state: 'approved', amountKrw: 0 });
  expect(await provider.confirm({ ...order, amountKrw: 1 })).toEqual(declined);
  expect(await provider.confirm({ ...order, paymentKey: 'other' })).toEqual(declined);
});
