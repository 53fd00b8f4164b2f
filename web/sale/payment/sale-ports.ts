import { browserPorts } from '../../shared/page-ports.ts';
import type { SalePorts } from './checkout.ts';
import { openWindow } from './provider-window.ts';

export const browserSalePorts: SalePorts = {
  ...browserPorts,
  newKey: () => crypto.randomUUID(),
  openProvider: ({ orderId, amountKrw }, checkout) => openWindow({ ...checkout, orderId, amountKrw }),
};
