import type { IndexedSection, SeatIndex } from './seat-index.ts';

export interface BestWish {
  readonly count: number;
  readonly section?: string | undefined;
  readonly grade?: string | undefined;
}

/** Cost of one row further back, in seats off the centre. */
const rowWeight = 2;
/** Cost of a single free seat left beside the block, which is hard to sell, in seats off the centre. */
const orphanWeight = 1.5;

interface Block {
  readonly seatIds: readonly string[];
  readonly cost: number;
}

/**
 * Returns groups of free seats that fit the wish, best first, at most `blocksMax`; no seat is in two of them. Cost:
 * O(seats).
 *
 * - Numbered sections: seats side by side in one row; the nearest to the front and to the middle of the row is best.
 * - Standing areas: any places, from `startAt` (0 to 1) on, so that concurrent buyers seldom choose the same ones.
 * - Sections in the organizer's order. Without a wished section or grade, standing areas come after all numbered sections.
 *
 * @param isFree by the seat's index among all seats of the event
 */
export function bestAvailable(
  index: SeatIndex,
  isFree: (place: number) => boolean,
  wish: BestWish,
  startAt: number,
  blocksMax: number,
): readonly (readonly string[])[] {
  const blocks: (readonly string[])[] = [];
  const isOpen = wish.section === undefined && wish.grade === undefined;
  const sections = isOpen ? index.sections.toSorted(seatedFirst) : index.sections;
  for (const indexed of sections) {
    const { id, grade, kind } = indexed.section;
    if (wish.section !== undefined && wish.section !== id) continue;
    if (wish.grade !== undefined && wish.grade !== grade) continue;
    const found =
      kind === 'standing'
        ? standing(indexed, isFree, wish.count, startAt, blocksMax)
        : distinct(seated(indexed, isFree, wish.count), blocksMax);
    blocks.push(...found.slice(0, blocksMax - blocks.length));
    if (blocks.length >= blocksMax) break;
  }
  return blocks;
}

const seatedFirst = (a: IndexedSection, b: IndexedSection) =>
  Number(a.section.kind === 'standing') - Number(b.section.kind === 'standing');

function seated(
  { section, seatIds, offset }: IndexedSection,
  isFree: (place: number) => boolean,
  count: number,
): Block[] {
  if (section.kind !== 'seated') return [];
  const blocks: Block[] = [];
  let first = 0;
  for (const [rowIndex, { seats }] of section.rows.entries()) {
    const free = (seat: number) => seat >= 0 && seat < seats && isFree(offset + first + seat);
    let run = 0;
    for (let seat = 0; seat < seats; seat++) {
      run = free(seat) ? run + 1 : 0;
      if (run < count) continue;
      const from = seat - count + 1;
      const offCentre = Math.abs((from + seat) / 2 - (seats - 1) / 2);
      const orphans = Number(free(from - 1) && !free(from - 2)) + Number(free(seat + 1) && !free(seat + 2));
      blocks.push({
        seatIds: seatIds.slice(first + from, first + seat + 1),
        cost: rowIndex * rowWeight + offCentre + orphans * orphanWeight,
      });
    }
    first += seats;
  }
  return blocks.sort((a, b) => a.cost - b.cost);
}

/** Blocks that share no seat; of two that overlap, the better one. */
function distinct(blocks: readonly Block[], blocksMax: number): (readonly string[])[] {
  const used = new Set<string>();
  const chosen: (readonly string[])[] = [];
  for (const { seatIds } of blocks) {
    if (chosen.length >= blocksMax) break;
    if (seatIds.some((seatId) => used.has(seatId))) continue;
    for (const seatId of seatIds) used.add(seatId);
    chosen.push(seatIds);
  }
  return chosen;
}

function standing(
  { seatIds, offset }: IndexedSection,
  isFree: (place: number) => boolean,
  count: number,
  startAt: number,
  blocksMax: number,
): (readonly string[])[] {
  const start = Math.floor(startAt * seatIds.length);
  const free: string[] = [];
  for (let step = 0; step < seatIds.length && free.length < count * blocksMax; step++) {
    const at = (start + step) % seatIds.length;
    const seatId = seatIds[at];
    if (seatId !== undefined && isFree(offset + at)) free.push(seatId);
  }
  return Array.from({ length: Math.floor(free.length / count) }, (_, block) =>
    free.slice(block * count, (block + 1) * count),
  );
}
