import type { SeatLayout } from '#contract/sale.ts';

/** Two rows of ten at 50,000 KRW, and a standing area of twenty at 30,000. */
export const testSections: SeatLayout['sections'] = [
  {
    kind: 'seated',
    id: 'A',
    name: { ko: '가', en: 'A' },
    grade: 'R',
    priceKrw: 50_000,
    rows: [
      { label: '1', seats: 10 },
      { label: '2', seats: 10 },
    ],
  },
  {
    kind: 'standing',
    id: 'FLOOR',
    name: { ko: '스탠딩', en: 'Floor' },
    grade: 'S',
    priceKrw: 30_000,
    capacity: 20,
  },
];
