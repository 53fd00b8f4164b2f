import { changedSeats, type Digits } from './map-choice.ts';
import type { SeatMap } from './map-layout.ts';
import { findSeat } from './map-seats.ts';
import type { Painter } from './painter.ts';
import type { Scene } from './scene.ts';

/** Redraws only the seats that differ. False: the painter cannot do so at this scale. */
export function patchChanges(
  painter: Pick<Painter, 'patch'>,
  now: Scene,
  before: { readonly digits: Digits },
  picksBefore: Scene['picked'],
): boolean {
  for (const [section, { section: own }] of now.map.sections.entries()) {
    const changed = new Set(changedSeats(before.digits[own.id] ?? '', now.digits[own.id] ?? ''));
    for (const seat of picksBefore.get(section) ?? [])
      if (!now.picked.get(section)?.has(seat)) changed.add(seat);
    for (const seat of now.picked.get(section) ?? [])
      if (!picksBefore.get(section)?.has(seat)) changed.add(seat);
    if (changed.size > 0 && !painter.patch(now, section, [...changed])) return false;
  }
  return true;
}

/** Picked seats by section. */
export function picksOf(map: SeatMap, seatIds: readonly string[]): Scene['picked'] {
  const picks = new Map<number, Set<number>>();
  for (const seatId of seatIds) {
    const at = findSeat(map, seatId);
    if (at === undefined) continue;
    picks.set(at.section, (picks.get(at.section) ?? new Set()).add(at.seat));
  }
  return picks;
}
