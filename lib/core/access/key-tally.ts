/** Slots of a bucket, each a fingerprint and a count: one look at memory finds all four. */
const bucketSlots = 4;
const countBits = 12;
/** Counts stay here when they arrive. */
export const tallyCountMax = 2 ** countBits - 1;
const fingerprintMask = ~tallyCountMax;

/**
 * Counts per key in memory of a fixed size, whatever the number of keys (Space-Saving, Metwally 2005, in buckets). Never
 * counts too little. Counts too much only for a key whose bucket is full of others: it goes on from the smallest count there.
 */
export class KeyTally {
  readonly #slots: Uint32Array;
  readonly #buckets: number;
  readonly #seed: number;

  /** @param buckets of four keys and 16 bytes each @param seed keeps strangers from choosing keys that share a bucket */
  constructor(buckets: number, seed: number) {
    this.#slots = new Uint32Array(buckets * bucketSlots);
    this.#buckets = buckets;
    this.#seed = seed;
  }

  /** Counts one more, and answers the count. */
  add(key: string): number {
    const slot = this.#slotOf(key);
    const value = this.#slots[slot] ?? 0;
    const count = value & tallyCountMax;
    if (count === tallyCountMax) return count;
    this.#slots[slot] = value + 1;
    return count + 1;
  }

  /** A key that was added just now starts anew. */
  reset(key: string): void {
    this.#slots[this.#slotOf(key)] = 0;
  }

  clear(): void {
    this.#slots.fill(0);
  }

  /** The key's slot. A key without one takes the slot with the smallest count of its bucket, and goes on from that count. */
  #slotOf(key: string): number {
    // FNV-1a over all of the key, for strangers may share an ending: the low bits say where, the high ones who.
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
