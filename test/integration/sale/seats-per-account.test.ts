import { randomUUID } from 'node:crypto';
import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createAccountSeatStore } from '#adapters/dynamodb/sale/account-seats.ts';
import { createReservationStore } from '#adapters/dynamodb/sale/reservations.ts';
import { createSeatStore } from '#adapters/dynamodb/sale/seats.ts';
import type { Reservation } from '#contract/sale.ts';
import { salesTableName } from '#contract/sale-tables.ts';
import { cancelHold } from '#core/sale/change.ts';
import { sweepOverdue } from '#core/sale/expire.ts';
import type { HoldStore } from '#core/sale/ports.ts';
import { type ReservePorts, type ReserveRequest, reserve } from '#core/sale/reserve.ts';
import { createSalesTables } from '../../support/sale/tables.ts';
import { startDynamodb, type TestDynamodb } from '../../support/servers/dynamodb.ts';
import { noneUnreadable } from '../../support/servers/unreadable.ts';

const environmentName = `cap-${randomUUID().slice(0, 8)}`;
const cap = 4;
const holdMs = 300_000;
let dynamodb: TestDynamodb;
let nowMs = 1_800_000_000_000;
let fences = 0;

beforeAll(async () => {
  dynamodb = await startDynamodb();
  await createSalesTables(dynamodb.client, environmentName);
});
afterAll(() => dynamodb.stop());

/** A Redis that is flushed before every call, so it contains no hold and no account. */
const forgetful: HoldStore = {
  hold: async () => ({ outcome: 'held', fence: ++fences }),
  extend: async () => true,
  release: async () => {},
  markSold: async () => {},
};

/** The rules of one worker on the real tables. */
function worker(): ReservePorts {
  const table = (name: Parameters<typeof salesTableName>[1]) => salesTableName(environmentName, name);
  return {
    clock: { nowMs: () => nowMs },
    holds: forgetful,
    reservations: createReservationStore(
      dynamodb.documents,
      table('reservations'),
      () => nowMs,
      noneUnreadable,
    ),
    seats: createSeatStore(dynamodb.documents, table('seats'), noneUnreadable),
    accountSeats: createAccountSeatStore(dynamodb.documents, table('sales')),
  };
}

const account = () => ({ eventId: `sale-${randomUUID().slice(0, 8)}`, userId: randomUUID() });
type Account = ReturnType<typeof account>;
let seat = 0;
const order = (who: Account, seats = 1, more: Partial<ReserveRequest> = {}): ReserveRequest => ({
  ...who,
  reservationId: randomUUID(),
  requestHash: 'h'.repeat(43),
  seatIds: Array.from({ length: seats }, () => `FLOOR-${++seat}`),
  seatAmountsKrw: Array.from({ length: seats }, () => 10_000),
  seatsPerAccount: cap,
  terms: {},
  holdMs,
  holdMsMax: 2 * holdMs,
  ...more,
});
/** Returns the seats that the account holds and owns according to the reservations. */
const owned = async (who: Account) => {
  const own = await worker().reservations.listOfAccount(who);
  const owning = own.filter(({ state }) => state === 'pending' || state === 'confirmed');
  return owning.flatMap(({ seatIds, givenBackSeatIds = [] }) =>
    seatIds.filter((seatId) => !givenBackSeatIds.includes(seatId)),
  ).length;
};
const reserved = async (request: ReserveRequest, ports = worker()): Promise<Reservation> => {
  const outcome = await reserve(ports, request);
  if (outcome.outcome !== 'reserved') throw new Error(JSON.stringify(outcome));
  return outcome.reservation;
};
const confirm = ({ reservationId }: Reservation, orderId = 'order') =>
  worker().reservations.move({ reservationId, from: ['pending'], to: 'confirmed', orderId });
/** Reserves single seats up to the account's cap. */
const fill = async (who: Account) => {
  let got = 0;
  for (;;) {
    const outcome = await reserve(worker(), order(who));
    if (outcome.outcome === 'account-full') return { got, left: outcome.left };
    if (outcome.outcome !== 'reserved') throw new Error(JSON.stringify(outcome));
    got++;
  }
};

describe('seats per account', () => {
  it("fifty parallel orders on several workers get exactly the cap, also a new account's first orders", async () => {
    const workers = [worker(), worker(), worker()];
    const who = account();
    const outcomes = await Promise.all(
      Array.from({ length: 50 }, (_, index) => reserve(workers[index % 3] ?? worker(), order(who))),
    );
    expect(outcomes.filter(({ outcome }) => outcome === 'reserved')).toHaveLength(cap);
    expect(outcomes.filter(({ outcome }) => outcome === 'account-full')).toHaveLength(50 - cap);
    expect(await owned(who)).toBe(cap);
  });

  it('orders of several seats succeed whole or not at all, and the refusal names the seats left', async () => {
    const who = account();
    const outcomes = await Promise.all(Array.from({ length: 20 }, () => reserve(worker(), order(who, 3))));
    expect(outcomes.filter(({ outcome }) => outcome === 'reserved')).toHaveLength(1);
    expect(await reserve(worker(), order(who, 2))).toEqual({ outcome: 'account-full', left: 1 });
    expect(await reserve(worker(), order(account(), cap + 1))).toEqual({
      outcome: 'account-full',
      left: cap,
    });
    await reserved(order(who));
    expect(await owned(who)).toBe(cap);
  });

  it('accounts and events are counted separately', async () => {
    const who = account();
    await fill(who);
    expect((await fill({ ...who, userId: randomUUID() })).got).toBe(cap);
    expect((await fill({ ...who, eventId: account().eventId })).got).toBe(cap);
  });

  it('parallel and later repeats of a key count once', async () => {
    const who = account();
    const request = order(who, 2);
    await Promise.all(Array.from({ length: 10 }, () => reserved(request)));
    await reserved(request);
    expect(await fill(who)).toEqual({ got: cap - 2, left: 0 });
  });

  it('a refused order ends and takes no seat', async () => {
    const who = account();
    await fill(who);
    const request = order(who);
    expect((await reserve(worker(), request)).outcome).toBe('account-full');
    await reserved(order(account(), 1, { eventId: who.eventId, seatIds: request.seatIds }));
  });

  it('cancel, expiry and refund reduce the count exactly once under repeats', async () => {
    const who = account();
    const first = await reserved(order(who, 2));
    await reserved(order(who, 2));
    const cancel = { reservationId: first.reservationId, userId: who.userId };
    for (let copy = 0; copy < 3; copy++) expect((await cancelHold(worker(), cancel)).outcome).toBe('done');
    expect(await fill(who)).toEqual({ got: 2, left: 0 });

    nowMs += holdMs;
    const onError = (_id: string, error: unknown) => {
      throw error;
    };
    for (let copy = 0; copy < 2; copy++) await sweepOverdue(worker(), { limit: 1_000, onError });
    expect(await fill(who)).toEqual({ got: cap, left: 0 });
    expect(await owned(who)).toBe(cap);

    const [paid] = (await worker().reservations.listOfAccount(who)).filter(
      ({ state }) => state === 'pending',
    );
    if (paid === undefined) throw new Error('no reservation');
    await confirm(paid);
    expect(await fill(who)).toEqual({ got: 0, left: 0 });
    const { reservationId } = paid;
    for (let copy = 0; copy < 2; copy++)
      await worker().reservations.move({ reservationId, from: ['confirmed'], to: 'cancelled' });
    expect(await fill(who)).toEqual({ got: 1, left: 0 });
    expect(await owned(who)).toBe(cap);
  });

  it('a request of a full account ends its overdue reservations without a sweeper', async () => {
    const who = account();
    await fill(who);
    nowMs += holdMs;
    expect(await fill(who)).toEqual({ got: cap, left: 0 });
  });

  it('seats that were refunded singly no longer count, and the others do', async () => {
    const who = account();
    const bought = await reserved(order(who, cap));
    await confirm(bought);
    const [one = ''] = bought.seatIds;
    await dynamodb.documents.send(
      new UpdateCommand({
        TableName: salesTableName(environmentName, 'reservations'),
        Key: { reservationId: bought.reservationId },
        UpdateExpression: 'SET givenBackSeatIds = :seats',
        ExpressionAttributeValues: { ':seats': [one] },
      }),
    );
    expect(await fill(who)).toEqual({ got: 1, left: 0 });
    expect(await owned(who)).toBe(cap);
  });

  it('seats of an account from a release without records count', async () => {
    const who = account();
    const { reservations } = worker();
    const old = (state: Reservation['state']): Reservation => ({
      ...who,
      reservationId: randomUUID(),
      seatIds: [`FLOOR-${++seat}`],
      amountKrw: 10_000,
      fence: ++fences,
      state,
      createdAtMs: nowMs,
      expiresAtMs: nowMs + holdMs,
      expiresAtMaxMs: nowMs + holdMs,
      requestHash: 'h'.repeat(43),
      version: 1,
    });
    await Promise.all(
      (['confirmed', 'pending', 'cancelled', 'expired'] as const).map((s) => reservations.create(old(s))),
    );
    const outcomes = await Promise.all(Array.from({ length: 20 }, () => reserve(worker(), order(who))));
    expect(outcomes.filter(({ outcome }) => outcome === 'reserved')).toHaveLength(cap - 2);
    expect(await owned(who)).toBe(cap);
  });
});

describe('a worker that dies', () => {
  /** Dies at the n-th write: before it, or after it without its response. */
  function dying(writes: number, isDone: boolean): ReservePorts {
    let count = 0;
    const ports = worker();
    const doomed = <Store extends object>(store: Store, names: readonly string[]): Store =>
      new Proxy(store, {
        get: (target, name) => {
          const method: unknown = Reflect.get(target, name);
          if (typeof method !== 'function' || !names.includes(String(name))) return method;
          return async (...input: unknown[]) => {
            count++;
            if (count > writes) throw new Error('dead');
            if (count < writes) return method.apply(target, input);
            if (isDone) await method.apply(target, input);
            throw new Error('dead');
          };
        },
      });
    return {
      ...ports,
      reservations: doomed(ports.reservations, ['create', 'move']),
      seats: doomed(ports.seats, ['claim']),
      accountSeats: doomed(ports.accountSeats, ['begin', 'add', 'remove']),
    };
  }
  /**
   * create, add (no record yet), begin, add, three claims, pending. A second count of four seats would exceed the cap.
   */
  const steps = Array.from({ length: 8 }, (_, index) => index + 1);

  it.each(steps)('in step %i of an order leaves nothing counted, and a repeat counts once', async (step) => {
    for (const isDone of [false, true]) {
      const repeated = account();
      const request = order(repeated, cap - 1);
      await expect(reserve(dying(step, isDone), request)).rejects.toThrow('dead');
      await reserved(request);
      expect(await fill(repeated)).toEqual({ got: 1, left: 0 });
      expect(await owned(repeated)).toBe(cap);

      const gone = account();
      await expect(reserve(dying(step, isDone), order(gone, cap - 1))).rejects.toThrow('dead');
      nowMs += holdMs;
      expect(await fill(gone)).toEqual({ got: cap, left: 0 });
    }
  });

  it('while it removes ended seats leaves that to the next worker, and the cap holds', async () => {
    for (const isDone of [false, true]) {
      const who = account();
      await fill(who);
      nowMs += holdMs;
      // One move for each of the four overdue reservations, then the removal.
      await expect(reserve(dying(cap + 1, isDone), order(who))).rejects.toThrow('dead');
      expect(await fill(who)).toEqual({ got: cap, left: 0 });
      expect(await owned(who)).toBe(cap);
    }
  });
});
