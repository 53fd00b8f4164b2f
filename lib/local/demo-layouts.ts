import type { SeatLayout, Section } from '#contract/sale.ts';

type Sections = SeatLayout['sections'];

/** Returns rows of equal length. The rows of a small hall are named by letters, those of a large one by numbers. */
function seated(
  id: string,
  ko: string,
  en: string,
  { grade, priceKrw }: Pick<Section, 'grade' | 'priceKrw'>,
  rows: number,
  seats: number,
): Section {
  const label = (row: number) => (rows <= 26 ? String.fromCharCode(65 + row) : String(row + 1));
  return {
    kind: 'seated',
    id,
    name: { ko, en },
    grade,
    priceKrw,
    rows: Array.from({ length: rows }, (_, row) => ({ label: label(row), seats })),
  };
}

const standing = (
  id: string,
  ko: string,
  en: string,
  { grade, priceKrw }: Pick<Section, 'grade' | 'priceKrw'>,
  capacity: number,
): Section => ({ kind: 'standing', id, name: { ko, en }, grade, priceKrw, capacity });

const r = { grade: 'R', priceKrw: 132_000 };
const s = { grade: 'S', priceKrw: 99_000 };
/** A live venue with 746 places: standing room before the stage, seats behind it. */
export const liveHouse: Sections = [
  standing('FLOOR', '스탠딩', 'Standing', s, 250),
  seated('A', 'A구역', 'Section A', r, 8, 14),
  seated('B', 'B구역', 'Section B', r, 8, 16),
  seated('C', 'C구역', 'Section C', r, 8, 14),
  seated('D', 'D구역', 'Section D', s, 6, 12),
  seated('E', 'E구역', 'Section E', s, 6, 12),
];

const a = { grade: 'A', priceKrw: 55_000 };
/** A cellar with tables and a bar: 80 places. */
export const jazzClub: Sections = [
  seated('T', '테이블', 'Tables', a, 5, 10),
  standing('BAR', '바', 'Bar', a, 30),
];

/** A room in a bookshop: 24 places. */
export const bookshop: Sections = [
  seated('M', '책방 안', 'Shop floor', { grade: 'A', priceKrw: 10_000 }, 4, 6),
];

const vip = { grade: 'VIP', priceKrw: 187_000 };
const arenaTier = (letter: string, ko: string, en: string, price: typeof r, sections: number) =>
  Array.from({ length: sections }, (_, index) =>
    seated(`${letter}${index + 1}`, `${ko} ${index + 1}`, `${en} ${index + 1}`, price, 20, 25),
  );
/** An arena with 20,000 places, for the seat map at full size. */
export const arena: Sections = [
  standing('PIT', '스탠딩', 'Pit', vip, 2_000),
  ...arenaTier('L', '1층', 'Lower', r, 20),
  ...arenaTier('U', '2층', 'Upper', s, 16),
];
