import type { ReadyConfig } from './ready-config.ts';

/** What a source needs from outside; tests give their own. */
export interface ConfigSourceDeps {
  /** Reads and checks the configuration; rejects when it cannot. Bounded in time by itself. */
  readonly load: (address: string) => Promise<ReadyConfig>;
  readonly fallback: ReadyConfig;
  readonly nowMs: () => number;
  /** Told of each failed attempt: at most one a second. */
  readonly onFailure: (error: unknown) => void;
}

/** A flag reaches the gate within 20 s (C6.8): an advancer's cycle of 10 s, this, and the time of both requests. */
export const refreshAfterMs = 5000;
/** After a failure, and for a flood of unknown keys, S3 is not asked more often than this. */
export const retryAfterMs = 1000;

export interface ConfigSource {
  /** The newest configuration there is: fetched, else last good, else bundled. Never rejects. */
  readonly current: (address: string) => Promise<ReadyConfig>;
  /**
   * Like `current`, but reads again even if the copy is young: for a token whose key is not in it. At most one such
   * read per refresh interval, however many unknown keys come (RFC 8725's advice against being made to fetch).
   */
  readonly renewed: (address: string) => Promise<ReadyConfig>;
}

/**
 * The gate's copy of the configuration.
 *
 *   nothing ──load ok──► fresh ──5 s──► stale ──load ok──► fresh
 *      │                                  └──load fails──► stale: last good is used, next attempt after 1 s
 *      └──load fails──► bundled fallback, next attempt after 1 s
 *
 * One load at a time; everyone who comes meanwhile waits for that one.
 */
export function makeConfigSource(deps: ConfigSourceDeps): ConfigSource {
  let lastGood: ReadyConfig | undefined;
  let readAtMs = Number.NEGATIVE_INFINITY;
  let attemptedAtMs = Number.NEGATIVE_INFINITY;
  let renewedAtMs = Number.NEGATIVE_INFINITY;
  let underWay: Promise<void> | undefined;

  const attempt = async (address: string): Promise<void> => {
    attemptedAtMs = deps.nowMs();
    try {
      lastGood = await deps.load(address);
      readAtMs = attemptedAtMs;
    } catch (error) {
      deps.onFailure(error);
    } finally {
      underWay = undefined;
    }
  };
  const refresh = (address: string): Promise<void> => {
    underWay ??= attempt(address);
    return underWay;
  };

  const current = async (address: string): Promise<ReadyConfig> => {
    const nowMs = deps.nowMs();
    const isStale = nowMs - readAtMs >= refreshAfterMs;
    if (underWay !== undefined || (isStale && nowMs - attemptedAtMs >= retryAfterMs)) await refresh(address);
    return lastGood ?? deps.fallback;
  };
  const renewed = async (address: string): Promise<ReadyConfig> => {
    const nowMs = deps.nowMs();
    if (nowMs - renewedAtMs >= refreshAfterMs && nowMs - attemptedAtMs >= retryAfterMs) {
      renewedAtMs = nowMs;
      await refresh(address);
    }
    return current(address);
  };
  return { current, renewed };
}
