/**
 * One measured figure. A bench file `test/bench/f<N>.ts` exports `figures` (the ids it gives) and `run()`; the runner
 * (run.ts) finds it by its file name, calls it, and prints what it returns.
 */
export interface Figure {
  /** `F5`, or `F5.bundle` where one figure has several parts. */
  readonly id: FigureId;
  /** Only ever a number that this run measured, or computed from what it measured (then `detail` says so). */
  readonly value: number;
  readonly unit: string;
  /** What the value must reach, as people write it: `<= 0.3`, `>= 3`, or `stated` where there is no bound. */
  readonly reach: string;
  readonly ok: boolean;
  /** Name of the figure, what it was compared with, and what was offered. */
  readonly detail: string;
}

export type FigureId = `F${number}` | `F${number}.${string}`;

/** What each `test/bench/f<N>.ts` exports. */
export interface Bench {
  readonly figures: readonly FigureId[];
  readonly run: () => Promise<readonly Figure[]>;
}

export type Reach = { readonly atMost: number } | { readonly atLeast: number } | 'stated';

/** Makes a figure and judges it. A value that is not a finite number never passes. */
export function figure(id: FigureId, value: number, unit: string, reach: Reach, detail: string): Figure {
  const base = { id, value, unit, detail };
  if (reach === 'stated') return { ...base, reach: 'stated', ok: Number.isFinite(value) };
  if ('atMost' in reach) {
    return { ...base, reach: `<= ${reach.atMost}`, ok: Number.isFinite(value) && value <= reach.atMost };
  }
  return { ...base, reach: `>= ${reach.atLeast}`, ok: Number.isFinite(value) && value >= reach.atLeast };
}
