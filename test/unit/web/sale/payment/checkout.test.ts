import { beforeEach, describe, expect, it } from 'vitest';
import { checkoutUrl, eventId, reservationId } from '../fake-sale-ports.ts';
import { openSale } from '../open-sale.ts';

let { sale, test, held } = openSale();
function open(memory?: Map<string, string>): void {
  ({ sale, test, held } = openSale(memory));
}

beforeEach(() => open());

describe('a payment', () => {
  it('a payment opens the provider’s page once', async () => {
    await held();
    void sale.pay();
    await test.run(500);
    expect(test.asked('prepare')[0]?.options.body).toEqual({ reservationId, fence: 7 });
    expect(test.went).toEqual([checkoutUrl]);
    expect(sale.view().phase).toBe('leaving');
  });

  it('a payment without a checkout address opens the provider’s window, and a closed window keeps the hold', async () => {
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

  it('a checkout address that is not http or https is not followed', async () => {
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

  it('a payment of 0 won is confirmed on the return page at once', async () => {
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

  it('a payment that is already under way opens its result page', async () => {
    await held();
    test.replies.prepare = () => ({ code: 'CONFLICT', details: { orderId: 'o', state: 'approving' } });
    void sale.pay();
    await test.run(500);
    expect(test.went).toEqual([`/reservations?reservation=${reservationId}`]);
  });

  it('the back button returns from the provider’s page to the hold', async () => {
    await held();
    void sale.pay();
    await test.run(500);
    open(test.memory);
    sale.start();
    await test.run(500);
    expect(sale.view().phase).toBe('held');
  });
});
