/** First pause, doubled by each further failure. */
const pauseMs = 1_000;
const pauseMsMax = 5 * 60_000;
/** Bounds memory; the longest known goes first. */
const idsMax = 10_000;

/**
 * Remembers work that failed for what it is, so that it leaves room for what stands behind it and is tried again ever
 * more rarely. In memory alone: another worker, or this one after a start, tries at once.
 */
export class SetAside {
  readonly #nowMs: () => number;
  readonly #pauses = new Map<string, { readonly untilMs: number; readonly pauseMs: number }>();

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  failed(id: string): void {
    const next = Math.min(pauseMsMax, 2 * (this.#pauses.get(id)?.pauseMs ?? pauseMs / 2));
    this.#pauses.delete(id);
    this.#pauses.set(id, { untilMs: this.#nowMs() + next, pauseMs: next });
    const [oldest] = this.#pauses.keys();
    if (this.#pauses.size > idsMax && oldest !== undefined) this.#pauses.delete(oldest);
  }

  has(id: string): boolean {
    return this.#nowMs() < (this.#pauses.get(id)?.untilMs ?? 0);
  }
}
