/** Estimates that visitors received, compared with their waits. */
export interface EstimatesSeen {
  /** Responses to people in a moving line, after the first minute. */
  readonly polls: number;
  /** Share of these responses with an estimate. */
  readonly coverage: number;
  /** Share of the estimates whose range contains the end of the wait, as the page sees it. */
  readonly inRange: number;
  /** Width divided by the middle, sorted. */
  readonly widths: readonly number[];
  /**
   * Estimates whose middle is more than a quarter above the visitor's previous one although nothing changed: no pause,
   * and no more people ahead.
   */
  readonly jumps: number;
}

type Wait = { readonly lowSeconds: number; readonly highSeconds: number } | null;
interface Estimate {
  readonly who: number;
  readonly at: number;
  readonly wait: Wait;
  readonly ahead: number;
  readonly endedAt?: number;
}

/** A page polls every two seconds at most, so it sees the end of a wait up to this much later. */
const lookSeconds = 3;
const jumpShare = 1.25;
/** Smaller jumps are invisible, because pages round more coarsely. */
const jumpSecondsMin = 10;

/** The estimates of one line. Times in seconds. */
export class EstimateBook {
  readonly #estimates: Estimate[] = [];
  readonly #ended = new Map<number, number>();
  readonly #stops: { readonly from: number; readonly to: number }[] = [];

  add(who: number, at: number, wait: Wait, ahead: number): void {
    this.#estimates.push({ who, at, wait, ahead });
  }

  ended(who: number, at: number): void {
    if (!this.#ended.has(who)) this.#ended.set(who, at);
  }

  /** Excludes waits across a pause, because no estimate can foresee one. */
  stoodStill(from: number, to: number): void {
    this.#stops.push({ from, to });
  }

  stoodBetween(from: number, to: number): number {
    return this.#stops.reduce(
      (sum, stop) => sum + Math.max(0, Math.min(to, stop.to) - Math.max(from, stop.from)),
      0,
    );
  }

  static seen(books: readonly EstimateBook[], fromSecond: number): EstimatesSeen {
    const sum = { polls: 0, given: 0, unforeseen: 0, kept: 0, jumps: 0 };
    const widths: number[] = [];
    for (const book of books) {
      const last = new Map<number, { at: number; middle: number; ahead: number }>();
      for (const { who, at, wait, ahead } of book.#estimates) {
        const endedAt = book.#ended.get(who);
        if (at < fromSecond || endedAt === undefined) continue;
        sum.polls += 1;
        if (wait === null) continue;
        sum.given += 1;
        const took = endedAt - at;
        if (book.stoodBetween(at, endedAt) > 0) sum.unforeseen += 1;
        else if (took >= wait.lowSeconds - lookSeconds && took <= wait.highSeconds + lookSeconds)
          sum.kept += 1;
        const middle = (wait.lowSeconds + wait.highSeconds) / 2;
        widths.push((wait.highSeconds - wait.lowSeconds) / Math.max(1, middle));
        const before = last.get(who);
        // People who arrive later with an earlier number are a change, which the response shows.
        const isQuiet =
          before !== undefined && book.stoodBetween(before.at, at) === 0 && ahead <= before.ahead;
        if (isQuiet && middle > before.middle * jumpShare && middle > before.middle + jumpSecondsMin)
          sum.jumps += 1;
        last.set(who, { at, middle, ahead });
      }
    }
    return {
      polls: sum.polls,
      coverage: sum.given / Math.max(1, sum.polls),
      inRange: sum.kept / Math.max(1, sum.given - sum.unforeseen),
      widths: widths.sort((a, b) => a - b),
      jumps: sum.jumps,
    };
  }
}
