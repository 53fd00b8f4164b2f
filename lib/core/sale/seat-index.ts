import type { SeatLayout, Section } from '#contract/sale.ts';

/** One section of a layout, with the ids of its seats in order. */
export interface IndexedSection {
  readonly section: Section;
  readonly seatIds: readonly string[];
  /** Index of its first seat among all seats of the event. */
  readonly offset: number;
}

/** A layout with lookups by seat. */
export interface SeatIndex {
  readonly layout: SeatLayout;
  readonly sections: readonly IndexedSection[];
  /** Every seat of the event, section by section. */
  readonly seatIds: readonly string[];
  /** Index of a seat among all seats; undefined: there is no such seat. */
  placeOf(seatId: string): number | undefined;
  /** Price of each seat. All of them must exist. */
  amountsKrw(seatIds: readonly string[]): number[];
}

export function indexSeats(layout: SeatLayout): SeatIndex {
  const sections: IndexedSection[] = [];
  const places = new Map<string, number>();
  const prices = new Map(layout.sections.map(({ id, priceKrw }) => [id, priceKrw]));
  for (const section of layout.sections) {
    const seatIds = seatIdsOf(section);
    sections.push({ section, seatIds, offset: places.size });
    for (const seatId of seatIds) places.set(seatId, places.size);
  }
  return {
    layout,
    sections,
    seatIds: [...places.keys()],
    placeOf: (seatId) => places.get(seatId),
    amountsKrw: (seatIds) => seatIds.map((seatId) => prices.get(seatId.slice(0, seatId.indexOf('-'))) ?? 0),
  };
}

function seatIdsOf(section: Section): string[] {
  if (section.kind === 'standing') {
    return Array.from({ length: section.capacity }, (_, index) => `${section.id}-${index + 1}`);
  }
  return section.rows.flatMap(({ label, seats }) =>
    Array.from({ length: seats }, (_, index) => `${section.id}-${label}-${index + 1}`),
  );
}

/** Problems of a layout that its schema does not find; empty: none. */
export function layoutProblems(layout: SeatLayout, seatsMax: number): string[] {
  const problems: string[] = [];
  const seen = new Set<string>();
  for (const { id } of layout.sections) {
    if (seen.has(id)) problems.push(`section ${id} is there twice`);
    seen.add(id);
  }
  for (const section of layout.sections) {
    if (section.kind !== 'seated') continue;
    const labels = section.rows.map(({ label }) => label);
    if (new Set(labels).size < labels.length) problems.push(`section ${section.id} has two rows of one name`);
  }
  const seats = layout.sections.reduce((sum, section) => sum + seatsOf(section), 0);
  if (seats > seatsMax) problems.push(`${seats} seats are more than ${seatsMax}`);
  return problems;
}

const seatsOf = (section: Section): number =>
  section.kind === 'standing' ? section.capacity : section.rows.reduce((sum, { seats }) => sum + seats, 0);
