import type { ReadyConfig } from './ready-config.ts';

/** Dependencies of a source; tests pass their own. */
interface ConfigSourceDeps {
  /** Reads and validates the configuration, within a time-out of its own. Rejects on failure. */
  readonly load: (address: string) => Promise<ReadyConfig>;
  readonly fallback: ReadyConfig;
  readonly nowMs: () => number;
  /** Called for each failed attempt, at most once per second. */
  readonly onFailure: (error: unknown) => void;
}

/** A switch reaches the gate within 20 s (C6.8): an advancer's cycle of 10 s, this time, and both requests. */
export const refreshAfterMs = 5000;
/** Least time between two reads of S3 after a failure, and for a flood of unknown keys. */
export const retryAfterMs = 1000;

export interface ConfigSource {
  /** Returns the newest configuration: the fetched one, else the last good one, else the bundled one. Never rejects. */
  readonly current: (address: string) => Promise<ReadyConfig>;
  /**
   * Reads again even if the copy is young, for a token with an unknown key. At most one such read per refresh interval,
   * so that invented keys cannot cause a flood of reads (RFC 8725).
   */
  readonly renewed: (address: string) => Promise<ReadyConfig>;
}

/**
 * The gate's copy of the configuration.
 *
 *   nothing ──load ok──► fresh ──5 s──► stale ──load ok──► fresh
 *      │                                  └──load fails──► stale: the last good copy is used, next attempt after 1 s
 *      └──load fails──► bundled fallback, next attempt after 1 s
 *
 * One load runs at a time, and concurrent callers share it.
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
