import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { confirmPayment } from '#core/sale/payment.ts';
import { checkDeclinedAfterMs, refusalsMax } from '#core/sale/payment-life.ts';
import { followProviderNotice } from '#core/sale/provider-notice.ts';
import { type ReconcileOptions, reconcilePayments, undecidedPerAccountMax } from '#core/sale/reconcile.ts';
import { refundPayment } from '#core/sale/refund.ts';
import { type Ordered, type PaymentsKit, startPaymentsKit } from '../../support/sale/payments-kit.ts';

let kit: PaymentsKit;
const well = { slowMs: 0, declined: 0, failedConfirm: 0, refusedCancel: 0, lostAnswer: 0 };

beforeAll(async () => {
  kit = await startPaymentsKit();
});
afterEach(() => kit.sandbox.set(well));
afterAll(() => kit.stop());

const later = (ms: number) => {
  kit.clock.offsetMs += ms;
};
const round = (
  dueClass: ReconcileOptions['dueClass'],
  more: Partial<ReconcileOptions> & { ports?: Partial<PaymentsKit['ports']> } = {},
) => {
  const { ports, ...options } = more;
  const onError = (_orderId: string, error: unknown) => {
    throw error;
  };
  return reconcilePayments(
    { ...kit.ports, ...ports },
    { dueClass, limit: 500, concurrency: 16, onError, ...options },
  );
};
const gone = async () => {
  throw new Error('the process is gone');
};
/** A worker that dies before it calls the provider. */
const dying = { provider: { confirm: gone, cancel: gone, query: gone } };
const dies = async (work: Promise<unknown>) =>
  expect(await work.catch((error: Error) => error.message)).toBe('the process is gone');
const kept = ({ orderId }: Ordered) => kit.sandbox.keptKrw(orderId);
const stateOf = async ({ orderId }: Ordered) => (await kit.payment(orderId)).state;

describe('the reconciler', () => {
  it('sends a refund within one round past 500 undecided payments of one account, and starves no other account', async () => {
    const ann = 'user-with-many';
    const many = await Promise.all(
      Array.from({ length: 500 }, async () => {
        const order = await kit.order(['A-1-1'], ann);
        await dies(confirmPayment({ ...kit.ports, ...dying }, order));
        await kit.ports.reservations.move({
          reservationId: order.reservationId,
          from: ['pending'],
          to: 'expired',
        });
        return order;
      }),
    );
    const refund = await kit.paid();
    await dies(refundPayment({ ...kit.ports, ...dying }, refund));
    const other = await kit.order();
    await dies(confirmPayment({ ...kit.ports, ...dying }, other));
    later(kit.ports.retryDelays.firstMs);
    let asked = 0;
    const provider = {
      ...kit.ports.provider,
      query: async (orderId: string) => {
        if (many.some((order) => order.orderId === orderId)) asked++;
        return kit.ports.provider.query(orderId);
      },
    };
    await round('owing');
    expect([await stateOf(refund), kept(refund)]).toEqual(['refunded', 0]);
    // The 501st undecided payment, and the newest.
    await round('undecided', { ports: { provider } });
    await round('undecided', { ports: { provider } });
    expect([await stateOf(other), kept(other)]).toEqual(['settled', other.amountKrw]);
    expect(asked).toBeLessThanOrEqual(2 * undecidedPerAccountMax);
  });

  it('gives one of eight parallel workers the turn at a payment, with growing pauses between turns', async () => {
    const order = await kit.paid();
    kit.sandbox.set({ refusedCancel: 1 });
    await dies(refundPayment({ ...kit.ports, ...dying }, order));
    later(kit.ports.retryDelays.firstMs);
    const before = kit.sandbox.keysUsed(order.orderId).length;
    await Promise.all(Array.from({ length: 8 }, () => round('owing')));
    expect(kit.sandbox.keysUsed(order.orderId).length - before).toBe(1);
    const waits: number[] = [];
    for (let turn = 0; turn < 4; turn++) {
      const { nextAttemptAtMs = 0 } = await kit.payment(order.orderId);
      waits.push(nextAttemptAtMs - kit.clock.nowMs());
      later(nextAttemptAtMs - kit.clock.nowMs() + 1);
      await Promise.all(Array.from({ length: 3 }, () => round('owing')));
    }
    expect(kit.sandbox.keysUsed(order.orderId).length - before).toBe(5);
    expect(waits[3]).toBeGreaterThan(1.5 * (waits[0] ?? 0));
    for (const wait of waits) expect(wait).toBeLessThanOrEqual(kit.ports.retryDelays.retryMsMax);
    kit.sandbox.set(well);
    later(kit.ports.retryDelays.retryMsMax);
    await round('owing');
    expect(kept(order)).toBe(0);
  });

  it('finds payments of an earlier release, which have no turns', async () => {
    const order = await kit.paid();
    await dies(refundPayment({ ...kit.ports, ...dying }, order));
    const removes = 'REMOVE nextAttemptAtMs, dueShard, refunds, attempts, refusals';
    const Key = { orderId: order.orderId };
    await kit.dynamodb.documents.send(
      new UpdateCommand({ TableName: kit.table, Key, UpdateExpression: removes }),
    );
    later(kit.ports.retryDelays.firstMs + 1);
    await round('owing');
    expect([await stateOf(order), kept(order)]).toEqual(['refunded', 0]);
    expect(kit.sandbox.keysUsed(order.orderId).at(-1)).toBe(`cancel-${order.orderId}`);
  });
});

describe('an idempotency key', () => {
  it('is reused until a response arrives, and never after a refusal', async () => {
    const order = await kit.paid();
    kit.sandbox.set({ refusedCancel: 1 });
    expect((await refundPayment(kit.ports, order)).outcome).toBe('refunding');
    kit.sandbox.set({ refusedCancel: 0, lostAnswer: 1 });
    later(kit.ports.retryDelays.firstMs);
    await round('owing', { onError: () => undefined });
    kit.sandbox.set(well);
    later(kit.ports.retryDelays.retryMsMax);
    await round('owing');
    expect([await stateOf(order), kept(order)]).toEqual(['refunded', 0]);
    const cancels = kit.sandbox.keysUsed(order.orderId).filter((key) => key.startsWith('cancel'));
    const first = `cancel-${order.orderId}-1`;
    expect(new Set(cancels)).toEqual(new Set([first, `${first}-again1`]));
    expect(cancels.filter((key) => key === first)).toHaveLength(1);
  });

  it('of a confirm is fresh after an error of the provider, and the money is taken once', async () => {
    const order = await kit.order();
    kit.sandbox.set({ failedConfirm: 1 });
    expect((await confirmPayment(kit.ports, order)).outcome).toBe('in-progress');
    kit.sandbox.set(well);
    expect((await confirmPayment(kit.ports, order)).outcome).toBe('confirmed');
    expect(kit.sandbox.charges(order.orderId)).toBe(1);
  });
});

describe('a refund that the provider refuses', () => {
  it('stops after a fixed number of refusals and is left to an operator', async () => {
    const order = await kit.paid();
    kit.sandbox.set({ refusedCancel: 1 });
    await refundPayment(kit.ports, order);
    for (let turn = 1; turn < refusalsMax; turn++) {
      expect(await stateOf(order)).toBe('refunding');
      later(kit.ports.retryDelays.retryMsMax);
      await round('owing');
    }
    expect(await stateOf(order)).toBe('refund-refused');
    expect(new Set(kit.sandbox.keysUsed(order.orderId)).size).toBe(1 + refusalsMax);
    const asked = kit.sandbox.keysUsed(order.orderId).length;
    const called: string[] = [];
    later(3_600_000);
    await round('owing', { onStuck: ({ orderId }) => called.push(orderId) });
    expect(called).toContain(order.orderId);
    expect(kit.sandbox.keysUsed(order.orderId)).toHaveLength(asked);
  });
});

describe('an order that counts as declined', () => {
  const declined = async () => {
    const order = await kit.order();
    kit.sandbox.set({ declined: 1 });
    expect((await confirmPayment(kit.ports, order)).outcome).toBe('declined');
    kit.sandbox.set(well);
    return order;
  };

  it('is refunded when a webhook reports that the provider took the money', async () => {
    const order = await declined();
    kit.sandbox.captureLate(order.orderId);
    expect(kept(order)).toBe(order.amountKrw);
    await followProviderNotice(kit.ports, order.orderId);
    expect([await stateOf(order), kept(order)]).toEqual(['refunded', 0]);
  });

  it('is queried once more and refunded when the webhook was lost', async () => {
    const order = await declined();
    const quiet = await declined();
    kit.sandbox.captureLate(order.orderId);
    later(checkDeclinedAfterMs - 1_000);
    await round('undecided');
    expect(kept(order)).toBe(order.amountKrw);
    later(2_000);
    await round('undecided');
    expect([await stateOf(order), kept(order)]).toEqual(['refunded', 0]);
    expect(await kit.payment(quiet.orderId)).not.toHaveProperty('nextAttemptAtMs');
  });
});
