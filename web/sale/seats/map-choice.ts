import type { SeatMap } from './map-layout.ts';
import { findSeat, rowOf } from './map-seats.ts';

/** Seats and standing places that a buyer has picked and not yet reserved. */
export interface Choice {
  readonly seatIds: readonly string[];
  /** People in standing areas, by section id; never 0. */
  readonly standing: Readonly<Record<string, number>>;
}
export const emptyChoice: Choice = { seatIds: [], standing: {} };

/** Digits of the statuses by section id (contract/sale-http.ts): 0 is free. */
export type Digits = Readonly<Record<string, string>>;
export const freeDigit = '0';

export const choiceCount = ({ seatIds, standing }: Choice): number =>
  seatIds.length + Object.values(standing).reduce((sum, people) => sum + people, 0);

export function choiceKrw(map: SeatMap, choice: Choice): number {
  const price = (sectionId: string | undefined) =>
    map.layout.sections.find(({ id }) => id === sectionId)?.priceKrw ?? 0;
  return (
    choice.seatIds.reduce((sum, seatId) => sum + price(seatId.split('-')[0]), 0) +
    Object.entries(choice.standing).reduce((sum, [id, people]) => sum + people * price(id), 0)
  );
}

export type Toggled = { readonly choice: Choice; readonly outcome: 'added' | 'removed' | 'taken' | 'full' };

/** Adds a seat to the choice or removes it. A taken seat is not added, nor one beyond the limit of the order. */
export function toggleSeat(
  choice: Choice,
  seatId: string,
  seat: { readonly isFree: boolean; readonly seatsMax: number },
): Toggled {
  if (choice.seatIds.includes(seatId)) {
    return {
      choice: { ...choice, seatIds: choice.seatIds.filter((other) => other !== seatId) },
      outcome: 'removed',
    };
  }
  if (!seat.isFree) return { choice, outcome: 'taken' };
  if (choiceCount(choice) >= seat.seatsMax) return { choice, outcome: 'full' };
  return { choice: { ...choice, seatIds: [...choice.seatIds, seatId] }, outcome: 'added' };
}

/** Sets the people of a standing area, as far as the limit of the order and the free places allow. */
export function setStanding(
  choice: Choice,
  sectionId: string,
  people: number,
  limits: { readonly free: number; readonly seatsMax: number },
): Choice {
  const { [sectionId]: own = 0, ...others } = choice.standing;
  const room = limits.seatsMax - (choiceCount(choice) - own);
  const next = Math.max(0, Math.min(people, limits.free, room));
  return { ...choice, standing: next === 0 ? others : { ...others, [sectionId]: next } };
}

/** The choice without the seats that others have taken meanwhile, and the ids of these. */
export function withoutTaken(
  map: SeatMap,
  choice: Choice,
  digits: Digits,
): { readonly choice: Choice; readonly lost: readonly string[] } {
  const lost = choice.seatIds.filter((seatId) => !isFree(map, digits, seatId));
  if (lost.length === 0) return { choice, lost };
  return { choice: { ...choice, seatIds: choice.seatIds.filter((seatId) => !lost.includes(seatId)) }, lost };
}

/** The digits with these seats locked. */
export function markTaken(map: SeatMap, digits: Digits, seatIds: readonly string[]): Digits {
  const marked = { ...digits };
  for (const seatId of seatIds) {
    const at = findSeat(map, seatId);
    const id = at === undefined ? undefined : map.sections[at.section]?.section.id;
    const own = id === undefined ? undefined : marked[id];
    if (at === undefined || id === undefined || own === undefined) continue;
    marked[id] = `${own.slice(0, at.seat)}1${own.slice(at.seat + 1)}`;
  }
  return marked;
}

export function isFree(map: SeatMap, digits: Digits, seatId: string): boolean {
  const at = findSeat(map, seatId);
  const id = at === undefined ? undefined : map.sections[at.section]?.section.id;
  return at !== undefined && id !== undefined && digits[id]?.[at.seat] === freeDigit;
}

/** True if all seats are neighbours in one row. Otherwise the page warns a group. */
export function areTogether(map: SeatMap, seatIds: readonly string[]): boolean {
  const places = seatIds.map((seatId) => findSeat(map, seatId));
  const rows = places.map((at) => {
    const placed = at === undefined ? undefined : map.sections[at.section];
    return at === undefined || placed === undefined ? '' : `${at.section}/${rowOf(placed, at.seat)}`;
  });
  const seats = places.map((at) => at?.seat ?? Number.NaN).sort((a, b) => a - b);
  const isRun = seats.every((seat, index) => index === 0 || seat === (seats[index - 1] ?? 0) + 1);
  return new Set(rows).size <= 1 && isRun;
}

/** Body of the reserve call: seats by id, or the best places. */
export type Wish =
  | { readonly seatIds: readonly string[] }
  | {
      readonly bestAvailable: {
        readonly count: number;
        /** @default any section */
        readonly section?: string | undefined;
        /** @default any grade */
        readonly grade?: string | undefined;
      };
    };

/**
 * The reserve call of a choice. Standing places of one area alone are left to the server. Together with seats they need
 * ids, which start at a random place, so that two buyers seldom name the same.
 */
export function wishOf(_map: SeatMap, choice: Choice, digits: Digits, dice: number): Wish {
  const areas = Object.entries(choice.standing);
  const [area] = areas;
  if (choice.seatIds.length === 0 && areas.length === 1 && area !== undefined) {
    return { bestAvailable: { section: area[0], count: area[1] } };
  }
  const named = areas.flatMap(([id, people]) => freePlaces(id, digits[id] ?? '', people, dice));
  return { seatIds: [...choice.seatIds, ...named] };
}

function freePlaces(id: string, digits: string, count: number, dice: number): string[] {
  const found: string[] = [];
  const start = Math.floor(dice * digits.length);
  for (let step = 0; step < digits.length && found.length < count; step += 1) {
    const at = (start + step) % digits.length;
    if (digits[at] === freeDigit) found.push(`${id}-${at + 1}`);
  }
  return found;
}

/** Seats of a section whose digit differs. Both have one length: a new layout is painted as a whole. */
export function changedSeats(before: string, after: string): number[] {
  const changed: number[] = [];
  if (before === after) return changed;
  for (let seat = 0; seat < after.length; seat += 1) {
    if (before.charCodeAt(seat) !== after.charCodeAt(seat)) changed.push(seat);
  }
  return changed;
}

export function countFree(digits: string): number {
  let free = 0;
  for (let seat = 0; seat < digits.length; seat += 1) if (digits[seat] === freeDigit) free += 1;
  return free;
}
