import type { UrrEvent } from '#contract/event.ts';

/** Time after which no purchase begins: `salesEndAt`, else the beginning of the show; undefined: no end. */
export function salesEndMs({
  salesEndAt,
  startsAt,
}: Pick<UrrEvent, 'salesEndAt' | 'startsAt'>): number | undefined {
  const end = salesEndAt ?? startsAt;
  return end === undefined ? undefined : Date.parse(end);
}

/** Checked by reserve, extend, prepare and confirm. A payment that is `approving` by then began in time and continues. */
export const hasSaleEnded = (event: Pick<UrrEvent, 'salesEndAt' | 'startsAt'>, nowMs: number): boolean =>
  nowMs >= (salesEndMs(event) ?? Number.POSITIVE_INFINITY);
