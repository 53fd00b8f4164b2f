import { freePaymentKey } from '#contract/sale-http.ts';
import type { PaymentProvider, ProviderPayment } from './ports.ts';

/** Approves and refunds orders of 0 won without the provider, because no provider accepts them. */
export function withFreeOrders(provider: PaymentProvider): PaymentProvider {
  const free = (state: 'approved' | 'cancelled'): ProviderPayment => ({
    state,
    paymentKey: freePaymentKey,
    amountKrw: 0,
    leftKrw: 0,
    cancels: [],
  });
  return {
    query: (orderId) => provider.query(orderId),
    confirm: async (order) =>
      order.amountKrw === 0 && order.paymentKey === freePaymentKey
        ? free('approved')
        : provider.confirm(order),
    cancel: async (order) =>
      order.paymentKey === freePaymentKey ? free('cancelled') : provider.cancel(order),
  };
}
