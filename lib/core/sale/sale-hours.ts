import type { UrrEvent } from '#contract/event.ts';

/** From when on nobody begins to buy: said, else when the show begins; undefined: no end. */
export function salesEndMs({
  salesEndAt,
  startsAt,
}: Pick<UrrEvent, 'salesEndAt' | 'startsAt'>): number | undefined {
  const end = salesEndAt ?? startsAt;
  return end === undefined ? undefined : Date.parse(end);
}

/**
 * Asked by reserve, extend, prepare and confirm with our clock. A payment that is `approving` by then was begun in time and goes on.
 */
export const hasSaleEnded = (event: Pick<UrrEvent, 'salesEndAt' | 'startsAt'>, nowMs: number): boolean =>
  nowMs >= (salesEndMs(event) ?? Number.POSITIVE_INFINITY);
