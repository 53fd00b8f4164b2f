/** A value that is loaded when it is needed, shared by all who ask meanwhile, and kept for a while. */
export interface Cached<T> {
  /** The value, at most `ttlMs` old; older, up to `staleMs`, while it cannot be loaded anew. */
  get(): Promise<T>;
  /** Loads anew unless that was done within `refreshGapMs`: for a caller that met something it does not know yet. */
  refresh(): Promise<T>;
  /** Takes a value that was learnt otherwise, and gives it back. */
  keep<Known extends T>(value: Known): Known;
}

export interface CachedOptions {
  readonly ttlMs: number;
  /** Least time between two refreshes, so that made-up values cannot make us ask without end. */
  readonly refreshGapMs: number;
  /** How old a value may become while loading fails. */
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
      // A source that fails is asked once per gap, not once per request, as long as an old value will do.
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

export interface CachedByKey<T, Argument> {
  (key: string, argument: Argument): Cached<T>;
  forget(key: string): void;
}

/** One cache per key, for at most `entriesMax` keys: beyond that the oldest goes. */
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
