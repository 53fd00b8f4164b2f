import { type SalesTable, salesTableName } from '#contract/sale-tables.ts';
import { indexSeats } from '#core/sale/seat-index.ts';

/** Names and seats of every simulated sale. */
export const environmentName = 'sim';
export const providerUrl = 'https://provider.test';
export const webhookSecret = 'webhook-secret';
export const eventId = 'sale';
/** Five seats with a price, and a section that costs nothing. */
export const layout = {
  eventId,
  revision: 1,
  sections: [
    {
      kind: 'seated' as const,
      id: 'A',
      name: { ko: '가', en: 'A' },
      grade: 'R',
      priceKrw: 100_000,
      rows: [{ label: '1', seats: 5 }],
    },
    {
      kind: 'standing' as const,
      id: 'F',
      name: { ko: '나', en: 'F' },
      grade: 'F',
      priceKrw: 0,
      capacity: 2,
    },
  ],
};
/** Also the cap of an account. */
export const seatsPerOrder = 4;
export const seatIndex = indexSeats(layout);
export const salesTable = (name: SalesTable) => salesTableName(environmentName, name);
