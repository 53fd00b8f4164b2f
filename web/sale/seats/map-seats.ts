import { inSection, onMap, type PlacedSection, type SeatMap, sectionPadding } from './map-layout.ts';

/** One seat: the index of its section in the map, and its index in the section's order (contract/sale.ts). */
export interface SeatAt {
  readonly section: number;
  readonly seat: number;
}

/** Seats are computed, not listed: 20,000 seats need no object of their own. */
export function seatIdAt(map: SeatMap, { section, seat }: SeatAt): string | undefined {
  const placed = map.sections[section];
  if (placed === undefined || seat < 0 || seat >= placed.seatCount) return undefined;
  const own = placed.section;
  if (own.kind === 'standing') return `${own.id}-${seat + 1}`;
  const row = rowOf(placed, seat);
  return `${own.id}-${own.rows[row]?.label}-${seat - (placed.rowStarts[row] ?? 0) + 1}`;
}

export function findSeat(map: SeatMap, seatId: string): SeatAt | undefined {
  const [id, middle, last] = seatId.split('-');
  const section = map.sections.findIndex((placed) => placed.section.id === id);
  const own = map.sections[section]?.section;
  if (own === undefined) return undefined;
  const number = Number(last ?? middle) - 1;
  if (own.kind === 'standing') {
    return last === undefined && number >= 0 && number < own.capacity ? { section, seat: number } : undefined;
  }
  const row = own.rows.findIndex(({ label }) => label === middle);
  const seats = own.rows[row]?.seats ?? 0;
  const start = map.sections[section]?.rowStarts[row] ?? 0;
  return last !== undefined && number >= 0 && number < seats ? { section, seat: start + number } : undefined;
}

/** Row of a seat, by binary search. */
export function rowOf({ rowStarts }: PlacedSection, seat: number): number {
  let low = 0;
  let high = Math.max(0, rowStarts.length - 2);
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((rowStarts[middle] ?? 0) <= seat) low = middle;
    else high = middle - 1;
  }
  return low;
}

export const rowLength = ({ rowStarts }: PlacedSection, row: number) =>
  (rowStarts[row + 1] ?? 0) - (rowStarts[row] ?? 0);

/** Left edge of a row: rows are centred in their section. */
export const rowLeft = (placed: PlacedSection, row: number) => (placed.width - rowLength(placed, row)) / 2;

/** Middle of a seat, from its section's upper left corner. */
export function seatPoint(placed: PlacedSection, seat: number): { x: number; y: number } {
  const row = rowOf(placed, seat);
  const inRow = seat - (placed.rowStarts[row] ?? 0);
  return { x: rowLeft(placed, row) + inRow + 0.5, y: sectionPadding + row + 0.5 };
}

/** Middle of a seat on the map. */
export function seatOnMap(map: SeatMap, { section, seat }: SeatAt): { x: number; y: number } {
  const placed = map.sections[section];
  if (placed === undefined) return { x: 0, y: 0 };
  const { x, y } = seatPoint(placed, seat);
  return onMap(placed, x, y);
}

/** The section at a point of the map. Cost: O(sections), at most 200. */
export function sectionAt(map: SeatMap, x: number, y: number): number | undefined {
  const found = map.sections.findIndex((placed) => {
    const local = inSection(placed, x, y);
    return local.x >= 0 && local.x <= placed.width && local.y >= 0 && local.y <= placed.height;
  });
  return found < 0 ? undefined : found;
}

/** The seat at a point of the map: constant time within its section. */
export function seatAt(map: SeatMap, x: number, y: number): SeatAt | undefined {
  const section = sectionAt(map, x, y);
  const placed = section === undefined ? undefined : map.sections[section];
  if (section === undefined || placed?.section.kind !== 'seated') return undefined;
  const local = inSection(placed, x, y);
  const row = Math.floor(local.y - sectionPadding);
  // A row outside the section has length 0.
  const inRow = Math.floor(local.x - rowLeft(placed, row));
  if (inRow < 0 || inRow >= rowLength(placed, row)) return undefined;
  return { section, seat: (placed.rowStarts[row] ?? 0) + inRow };
}

export type Direction = 'left' | 'right' | 'up' | 'down';

/** The seat beside, before or behind this one in its section; itself at the edge. Up is towards the stage. */
export function seatBeside(map: SeatMap, at: SeatAt, direction: Direction): SeatAt {
  const placed = map.sections[at.section];
  if (placed === undefined || placed.rowStarts.length < 2) return at;
  const row = rowOf(placed, at.seat);
  const inRow = at.seat - (placed.rowStarts[row] ?? 0);
  if (direction === 'left' || direction === 'right') {
    const next = inRow + (direction === 'left' ? -1 : 1);
    return next < 0 || next >= rowLength(placed, row) ? at : { ...at, seat: at.seat + next - inRow };
  }
  const other = row + (direction === 'up' ? -1 : 1);
  if (other < 0 || other >= placed.rowStarts.length - 1) return at;
  const straight = Math.round(rowLeft(placed, row) + inRow - rowLeft(placed, other));
  const inOther = Math.min(rowLength(placed, other) - 1, Math.max(0, straight));
  return { ...at, seat: (placed.rowStarts[other] ?? 0) + inOther };
}

/**
 * The section beside this one. Left and right go through the layout's order, which runs along the arcs, so that every
 * section can be reached; up and down go to the nearest nearer to the stage or further from it.
 */
export function sectionBeside(map: SeatMap, section: number, direction: Direction): number {
  if (direction === 'left') return Math.max(0, section - 1);
  if (direction === 'right') return Math.min(map.sections.length - 1, section + 1);
  const from = map.sections[section];
  if (from === undefined) return 0;
  let best = section;
  let bestCost = Number.POSITIVE_INFINITY;
  for (const [index, to] of map.sections.entries()) {
    const [dx, dy] = [to.x - from.x, to.y - from.y];
    const forward = direction === 'up' ? -dy : dy;
    // Candidates are within about 60 degrees of straight ahead. The cost counts an offset aside twice.
    const cost = Math.hypot(dx, dy) + Math.abs(dx);
    if (forward > 0.5 && forward * 1.8 >= Math.abs(dx) && cost < bestCost) {
      best = index;
      bestCost = cost;
    }
  }
  return best;
}
