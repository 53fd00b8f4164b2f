import { expect, test } from 'vitest';
import type { Payment } from '#contract/sale.ts';
import type { PaymentPorts } from '#core/sale/payment.ts';
import { followProviderNotice } from '#core/sale/provider-notice.ts';

const orderId = 'a'.repeat(32);
const settled: Payment = {
  orderId,
  reservationId: '0b0d2ba5-6b0b-4c3a-9f52-1f4d1d3c7c11',
  eventId: 'concert',
  userId: 'ann',
  amountKrw: 50_000,
  fence: 7,
  state: 'settled',
  paymentKey: 'key',
  createdAtMs: 1,
  updatedAtMs: 1,
  version: 5,
};
const single = { refundId: 1, seatIds: ['A-1-1'], amountKrw: 50_000, atMs: 2, state: 'done' as const };

/** The provider shows the whole order as cancelled. Returns the states to which the payment changed. */
async function moves(payment: Payment): Promise<readonly string[]> {
  const tried: string[] = [];
  const ports = {
    clock: { nowMs: () => 3 },
    retryDelays: { firstMs: 1, retryMs: 1, retryMsMax: 1 },
    payments: {
      get: async () => payment,
      move: async ({ to }: { to: string }) => {
        tried.push(to);
        return { moved: false, payment: undefined };
      },
    },
    provider: {
      query: async () => ({ state: 'cancelled', paymentKey: 'key', amountKrw: 50_000, cancels: [] }),
    },
  };
  await followProviderNotice(ports as unknown as PaymentPorts, orderId);
  return tried;
}

test('an order that an operator cancelled at the provider is refunded', async () => {
  expect(await moves(settled)).toEqual(['refunding']);
});

test('an order whose paid seats were refunded singly keeps the seats that cost nothing', async () => {
  expect(await moves({ ...settled, refunds: [single] })).toEqual([]);
});
