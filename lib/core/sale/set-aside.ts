/** First pause; each further failure doubles it. */
const pauseMs = 1_000;
const pauseMsMax = 5 * 60_000;
/** Most ids remembered. The id that has not failed for the longest time is dropped. */
const idsMax = 10_000;

/**
 * Items whose processing failed. They are skipped for a growing pause, so that they do not block the items behind them.
 * Kept in memory only: another worker, or this one after a restart, tries them at once.
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
