/**
 * Cache of verified tokens until they expire, because a token's signature is the same at every poll. When it is full, the
 * older half is dropped, and its tokens are verified again.
 */
export class ExpiringCache<Value> {
  readonly #sizeMax: number;
  #young = new Map<string, { readonly value: Value; readonly untilMs: number }>();
  #old = new Map<string, { readonly value: Value; readonly untilMs: number }>();

  constructor(sizeMax: number) {
    this.#sizeMax = sizeMax;
  }

  get(key: string, nowMs: number): Value | undefined {
    const young = this.#young.get(key);
    if (young !== undefined) return young.untilMs > nowMs ? young.value : undefined;
    const old = this.#old.get(key);
    if (old === undefined || old.untilMs <= nowMs) return undefined;
    this.#keep(key, old);
    return old.value;
  }

  set(key: string, value: Value, untilMs: number): void {
    this.#keep(key, { value, untilMs });
  }

  #keep(key: string, entry: { readonly value: Value; readonly untilMs: number }): void {
    if (this.#young.size >= this.#sizeMax / 2) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(key, entry);
  }
}
