import { expect, test } from 'vitest';
import type { Payment } from '#contract/sale.ts';
import { UrrError } from '#core/errors.ts';
import { confirmOrWait, type PaymentPorts } from '#core/sale/payment.ts';

const approving: Payment = {
  orderId: 'a'.repeat(32),
  reservationId: '0b0d2ba5-6b0b-4c3a-9f52-1f4d1d3c7c11',
  eventId: 'concert',
  userId: 'ann',
  amountKrw: 50_000,
  fence: 7,
  state: 'approving',
  paymentKey: 'key',
  createdAtMs: 1,
  updatedAtMs: 1,
  version: 2,
};
const request = { orderId: approving.orderId, userId: 'ann', paymentKey: 'key', amountKrw: 50_000, fence: 7 };

/** The first read is lost; the next one finds a pending order. */
function portsWithLostReading(payment: Payment): PaymentPorts {
  let readings = 0;
  const payments = {
    get: async () => {
      readings++;
      if (readings === 1) throw new UrrError('UNAVAILABLE', 'storage does not answer');
      return payment;
    },
  };
  return { payments } as unknown as PaymentPorts;
}

test('an order under way is in progress when the storage does not respond', async () => {
  expect(await confirmOrWait(portsWithLostReading(approving), request)).toEqual({
    outcome: 'in-progress',
    payment: approving,
  });
});

test.each([
  ['fence-refused', { fence: 8 }],
  ['amount-differs', { amountKrw: 1 }],
  ['not-owner', { userId: 'thief' }],
])('a buyer of another order is never asked to wait: %s', async (outcome, changed) => {
  const answer = await confirmOrWait(portsWithLostReading(approving), { ...request, ...changed });
  expect(answer).toEqual({ outcome });
});

test('confirm throws the error when no order is under way', async () => {
  const ports = portsWithLostReading({ ...approving, state: 'prepared' });
  await expect(confirmOrWait(ports, request)).rejects.toThrow('storage does not answer');
});
