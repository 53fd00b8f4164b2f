import type { OriginAnswer } from '../http.ts';
import type { Lifetime } from './ttl.ts';

interface Entry {
  readonly answer: OriginAnswer;
  readonly storedAtMs: number;
  readonly lifetime: Lifetime;
}

export interface Fetched {
  readonly answer: OriginAnswer;
  readonly lifetime: Lifetime;
}

export interface CacheResult {
  readonly answer: OriginAnswer;
  readonly state: 'hit' | 'stale' | 'miss';
  readonly ageSeconds: number;
}

/** The edge forgets the oldest first; one location of CloudFront keeps far more. */
const entriesMax = 10_000;

/** The edge's cache: lifetime by the origin's answer, one request to the origin for many that want the same. */
export class EdgeCache {
  readonly #entries = new Map<string, Entry>();
  readonly #pending = new Map<string, Promise<Fetched>>();
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  /**
   * Answers from the cache, or by `fetch`. `isCollapsing`: concurrent misses wait for the first, unless its answer may not be
   * kept; then each asks for itself.
   */
  async get(key: string, isCollapsing: boolean, fetch: () => Promise<Fetched>): Promise<CacheResult> {
    const entry = this.#entries.get(key);
    if (entry !== undefined) {
      const ageSeconds = (this.#now() - entry.storedAtMs) / 1000;
      const { ttlSeconds, staleSeconds } = entry.lifetime;
      if (ageSeconds < ttlSeconds) return { answer: entry.answer, state: 'hit', ageSeconds };
      if (ageSeconds < ttlSeconds + staleSeconds) {
        if (!this.#pending.has(key)) this.#fetch(key, fetch).catch(() => {}); // The next request tries again.
        return { answer: entry.answer, state: 'stale', ageSeconds };
      }
      this.#entries.delete(key);
    }
    const pending = isCollapsing ? this.#pending.get(key) : undefined;
    if (pending !== undefined) {
      const shared = await pending;
      if (shared.lifetime.ttlSeconds > 0) return { answer: shared.answer, state: 'hit', ageSeconds: 0 };
    }
    const { answer } = await (isCollapsing ? this.#fetch(key, fetch) : this.#store(key, await fetch()));
    return { answer, state: 'miss', ageSeconds: 0 };
  }

  /** Returns a fresh cached response, or undefined: for HEAD, which the response to a GET also serves. */
  peek(key: string): CacheResult | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    const ageSeconds = (this.#now() - entry.storedAtMs) / 1000;
    return ageSeconds < entry.lifetime.ttlSeconds
      ? { answer: entry.answer, state: 'hit', ageSeconds }
      : undefined;
  }

  clear(): void {
    this.#entries.clear();
  }

  async #fetch(key: string, fetch: () => Promise<Fetched>): Promise<Fetched> {
    const promise = fetch().then((fetched) => this.#store(key, fetched));
    this.#pending.set(key, promise);
    try {
      return await promise;
    } finally {
      if (this.#pending.get(key) === promise) this.#pending.delete(key);
    }
  }

  #store(key: string, fetched: Fetched): Fetched {
    if (fetched.lifetime.ttlSeconds <= 0) return fetched;
    this.#entries.delete(key);
    this.#entries.set(key, { ...fetched, storedAtMs: this.#now() });
    const oldest = this.#entries.keys().next().value;
    if (this.#entries.size > entriesMax && oldest !== undefined) this.#entries.delete(oldest);
    return fetched;
  }
}
