/** Slots per bucket, each with a fingerprint and a count. Four slots share one cache line. */
const bucketSlots = 4;
const countBits = 12;
/** A count stays at this maximum. */
export const tallyCountMax = 2 ** countBits - 1;
const fingerprintMask = ~tallyCountMax;

/**
 * Counts per key in memory of a fixed size, for any number of keys (Space-Saving, Metwally 2005, in buckets). A count
 * is never too low. It is too high only for a key whose bucket is full: the key continues the smallest count of the
 * bucket.
 */
export class KeyTally {
  readonly #slots: Uint32Array;
  readonly #buckets: number;
  readonly #seed: number;

  /**
   * @param buckets of four keys and 16 bytes each
   * @param seed random, so that clients cannot choose keys of one bucket
   */
  constructor(buckets: number, seed: number) {
    this.#slots = new Uint32Array(buckets * bucketSlots);
    this.#buckets = buckets;
    this.#seed = seed;
  }

  /** Counts the key, and returns its count. */
  add(key: string): number {
    const slot = this.#slotOf(key);
    const value = this.#slots[slot] ?? 0;
    const count = value & tallyCountMax;
    if (count === tallyCountMax) return count;
    this.#slots[slot] = value + 1;
    return count + 1;
  }

  /** Sets the count of a key that was just added to 0. */
  reset(key: string): void {
    this.#slots[this.#slotOf(key)] = 0;
  }

  clear(): void {
    this.#slots.fill(0);
  }

  /**
   * Returns the key's slot. A new key takes the slot with the smallest count of its bucket, and continues that count.
   */
  #slotOf(key: string): number {
    // FNV-1a over the whole key, because keys may share an ending. Low bits select the bucket; high bits are the
    // fingerprint.
    let hash = this.#seed;
    for (let i = 0; i < key.length; i += 1) hash = Math.imul(hash ^ key.charCodeAt(i), 16_777_619);
    const slots = this.#slots;
    const first = (((hash ^ (hash >>> 15)) >>> 0) % this.#buckets) * bucketSlots;
    const fingerprint = hash & fingerprintMask;
    let smallest = first;
    for (let slot = first; slot < first + bucketSlots; slot += 1) {
      const value = slots[slot] ?? 0;
      if (value !== 0 && (value & fingerprintMask) === fingerprint) return slot;
      if ((value & tallyCountMax) < ((slots[smallest] ?? 0) & tallyCountMax)) smallest = slot;
    }
    slots[smallest] = fingerprint | ((slots[smallest] ?? 0) & tallyCountMax);
    return smallest;
  }
}
