import { type PlacedSection, type SeatMap, sectionPadding } from './map-layout.ts';
import { type Direction, rowLength, type SeatAt, seatBeside, sectionBeside } from './map-seats.ts';

/** The keyboard's focus on the map: a section, or a seat within it. */
export interface Focus {
  readonly section: number;
  readonly seat: number | null;
}

export type KeyAct =
  | { readonly kind: 'moved'; readonly focus: Focus }
  | { readonly kind: 'into' | 'out'; readonly focus: Focus }
  | { readonly kind: 'pick'; readonly seat: SeatAt }
  | { readonly kind: 'zoom'; readonly factor: number }
  | { readonly kind: 'whole' };

const arrows: Readonly<Record<string, Direction>> = {
  ArrowLeft: 'left',
  ArrowRight: 'right',
  ArrowUp: 'up',
  ArrowDown: 'down',
};
const zoomStep = 1.5;

/**
 * The action of a key. Arrows move between sections, and Enter enters one; inside, arrows move between seats, Enter or the
 * space bar picks, and Escape leaves the section. Null: the browser handles the key (Tab leaves the map).
 *
 * @param isFree returns whether a seat can be picked, so that a section is entered on such a seat
 */
export function pressKey(
  map: SeatMap,
  focus: Focus | null,
  key: string,
  isFree: (seat: SeatAt) => boolean,
): KeyAct | null {
  if (key === '+' || key === '=') return { kind: 'zoom', factor: zoomStep };
  if (key === '-') return { kind: 'zoom', factor: 1 / zoomStep };
  if (key === '0') return { kind: 'whole' };
  const direction = arrows[key];
  const isEnter = key === 'Enter' || key === ' ';
  if (direction === undefined && !isEnter && key !== 'Escape' && key !== 'Home' && key !== 'End') return null;
  if (focus === null) return key === 'Escape' ? null : { kind: 'moved', focus: { section: 0, seat: null } };
  const { section, seat } = focus;
  if (seat === null) {
    if (direction !== undefined)
      return { kind: 'moved', focus: { section: sectionBeside(map, section, direction), seat: null } };
    if (!isEnter) return null;
    return { kind: 'into', focus: { section, seat: firstSeat(map, section, isFree) } };
  }
  const at = { section, seat };
  if (direction !== undefined) return { kind: 'moved', focus: seatBeside(map, at, direction) };
  if (isEnter) return { kind: 'pick', seat: at };
  if (key === 'Escape') return { kind: 'out', focus: { section, seat: null } };
  return { kind: 'moved', focus: endOfRow(map, at, key === 'Home' ? 'left' : 'right') };
}

/** The middle of the first row with a free seat, or the first seat; null for a standing area, which has none to pick. */
function firstSeat(map: SeatMap, section: number, isFree: (seat: SeatAt) => boolean): number | null {
  const placed = map.sections[section];
  if (placed === undefined || placed.section.kind !== 'seated') return null;
  for (let row = 0; row < placed.section.rows.length; row += 1) {
    const start = placed.rowStarts[row] ?? 0;
    const length = rowLength(placed, row);
    for (let step = 0; step < length; step += 1) {
      // From the middle outwards: +0, -1, +1, -2 …
      const offset = step % 2 === 0 ? step / 2 : -(step + 1) / 2;
      const inRow = Math.floor(length / 2) + offset;
      if (inRow >= 0 && inRow < length && isFree({ section, seat: start + inRow })) return start + inRow;
    }
  }
  return 0;
}

function endOfRow(map: SeatMap, at: SeatAt, direction: 'left' | 'right'): SeatAt {
  let here = at;
  // A row has at most 500 seats.
  for (let step = 0; step < 500; step += 1) {
    const next = seatBeside(map, here, direction);
    if (next.seat === here.seat) return here;
    here = next;
  }
  return here;
}

/** Rows of a section between two heights of its own coordinates, first included and last excluded: only these are drawn. */
export function seenRows(placed: PlacedSection, top: number, bottom: number): readonly [number, number] {
  const rows = Math.max(0, placed.rowStarts.length - 1);
  return [Math.max(0, Math.floor(top - sectionPadding)), Math.min(rows, Math.ceil(bottom - sectionPadding))];
}
