import { browserWorld } from '../../shared/page-ports.ts';
import type { SaleWorld } from './checkout.ts';
import { openWindow } from './provider-window.ts';

export const saleWorld: SaleWorld = {
  ...browserWorld,
  newKey: () => crypto.randomUUID(),
  openProvider: ({ orderId, amountKrw }, checkout) => openWindow({ ...checkout, orderId, amountKrw }),
};
