/** A value that is loaded on demand, once for all simultaneous callers, and kept for a time. */
export interface Cached<T> {
  /** Returns the value, at most `ttlMs` old; while loading fails, at most `staleMs` old. */
  get(): Promise<T>;
  /** Loads again unless the last load is within `refreshGapMs`: for a caller that received an unknown value. */
  refresh(): Promise<T>;
  /** Stores a value that the caller already has, and returns it. */
  keep<Known extends T>(value: Known): Known;
}

interface CachedOptions {
  readonly ttlMs: number;
  /** Least time between two refreshes, so that invented values cannot cause unlimited loads. */
  readonly refreshGapMs: number;
  /** Greatest age of a value while loading fails. */
  readonly staleMs: number;
  readonly nowMs: () => number;
}

export function cached<T>(load: () => Promise<T>, options: CachedOptions): Cached<T> {
  let kept: { readonly value: T; readonly atMs: number } | undefined;
  let loading: Promise<T> | undefined;
  let triedAtMs = Number.NEGATIVE_INFINITY;

  const loadOnce = (): Promise<T> => {
    loading ??= reload().finally(() => {
      loading = undefined;
    });
    return loading;
  };
  const reload = async (): Promise<T> => {
    triedAtMs = options.nowMs();
    try {
      const value = await load();
      kept = { value, atMs: triedAtMs };
      return value;
    } catch (error) {
      if (kept !== undefined && options.nowMs() - kept.atMs < options.staleMs) return kept.value;
      throw error;
    }
  };

  return {
    async get() {
      if (kept !== undefined && options.nowMs() - kept.atMs < options.ttlMs) return kept.value;
      // While an old value is usable, a failing source is called once per gap, not once per request.
      const isTriedLately = options.nowMs() - triedAtMs < Math.min(options.refreshGapMs, options.ttlMs);
      const isUsable = kept !== undefined && options.nowMs() - kept.atMs < options.staleMs;
      if (kept !== undefined && isTriedLately && isUsable && loading === undefined) return kept.value;
      return loadOnce();
    },
    async refresh() {
      if (kept !== undefined && options.nowMs() - triedAtMs < options.refreshGapMs) return kept.value;
      return loadOnce();
    },
    keep(value) {
      kept = { value, atMs: options.nowMs() };
      return value;
    },
  };
}

interface CachedByKey<T, Argument> {
  (key: string, argument: Argument): Cached<T>;
  forget(key: string): void;
}

/** One cache per key, for at most `entriesMax` keys; beyond it the oldest is dropped. */
export function cachedByKey<T, Argument>(
  entriesMax: number,
  make: (key: string, argument: Argument) => Cached<T>,
): CachedByKey<T, Argument> {
  const entries = new Map<string, Cached<T>>();
  const find = (key: string, argument: Argument): Cached<T> => {
    const known = entries.get(key);
    if (known !== undefined) return known;
    if (entries.size >= entriesMax) {
      const oldest = entries.keys().next();
      if (!oldest.done) entries.delete(oldest.value);
    }
    const made = make(key, argument);
    entries.set(key, made);
    return made;
  };
  return Object.assign(find, { forget: (key: string) => void entries.delete(key) });
}
