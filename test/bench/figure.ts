/**
 * One measured figure. A bench file `test/bench/f<N>.ts` exports `figures` (its ids) and `run()`. The runner (run.ts)
 * finds it by its file name, calls it, and prints the results.
 */
export interface Figure {
  /** `F5`, or `F5.bundle` for a part of a figure. */
  readonly id: FigureId;
  /** A number that this run measured, or computed from measurements (then `detail` says so). */
  readonly value: number;
  readonly unit: string;
  /** The bound of the value: `<= 0.3`, `>= 3`, or `stated` for none. */
  readonly reach: string;
  readonly ok: boolean;
  /** Name of the figure, its comparison, and the offered load. */
  readonly detail: string;
}

export type FigureId = `F${number}` | `F${number}.${string}`;

/** Exports of each `test/bench/f<N>.ts`. */
export interface Bench {
  readonly figures: readonly FigureId[];
  readonly run: () => Promise<readonly Figure[]>;
}

type Reach = { readonly atMost: number } | { readonly atLeast: number } | 'stated';

/** Returns a figure with its verdict. A value that is not a finite number never passes. */
export function figure(id: FigureId, value: number, unit: string, reach: Reach, detail: string): Figure {
  const base = { id, value, unit, detail };
  if (reach === 'stated') return { ...base, reach: 'stated', ok: Number.isFinite(value) };
  if ('atMost' in reach) {
    return { ...base, reach: `<= ${reach.atMost}`, ok: Number.isFinite(value) && value <= reach.atMost };
  }
  return { ...base, reach: `>= ${reach.atLeast}`, ok: Number.isFinite(value) && value >= reach.atLeast };
}
