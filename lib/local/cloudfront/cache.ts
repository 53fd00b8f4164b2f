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

interface CacheResult {
  readonly answer: OriginAnswer;
  readonly state: 'hit' | 'stale' | 'miss';
  readonly ageSeconds: number;
}

/** Most cached responses; the oldest is dropped first. A CloudFront location keeps far more. */
const entriesMax = 10_000;

/**
 * The cache of one CloudFront location. The origin's response sets the lifetime, and concurrent misses share one
 * request.
 */
export class EdgeCache {
  readonly #entries = new Map<string, Entry>();
  readonly #pending = new Map<string, Promise<Fetched>>();
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  /**
   * Returns a fresh entry, or the response of `fetch`. In the `staleSeconds` after its TTL an entry is still returned,
   * while one `fetch` in the background replaces it.
   * @param isCollapsing concurrent misses wait for the first one. If its response may not be cached, each fetches its
   * own.
   */
  async get(key: string, isCollapsing: boolean, fetch: () => Promise<Fetched>): Promise<CacheResult> {
    const entry = this.#entries.get(key);
    if (entry !== undefined) {
      const ageSeconds = (this.#now() - entry.storedAtMs) / 1000;
      const { ttlSeconds, staleSeconds } = entry.lifetime;
      if (ageSeconds < ttlSeconds) return { answer: entry.answer, state: 'hit', ageSeconds };
      if (ageSeconds < ttlSeconds + staleSeconds) {
        if (!this.#pending.has(key)) this.#fetch(key, fetch).catch(() => {}); // After a failure the next request fetches again.
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

  /** Returns the fresh cached response, or undefined. Used for HEAD, which a cached response to GET also serves. */
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
