import { randomInt } from 'node:crypto';
import { KeyTally, tallyCountMax } from '#core/access/key-tally.ts';
import { rateLimits } from '#core/access/rate-limits.ts';
import type { RedisClient } from './connect.ts';
import { type LimitOptions, SharedCount, windowSeconds } from './shared-count.ts';

/** Share of the limit that a worker counts before it reports to Redis, in one call that no request waits for. */
const reportShare = 1 / 6;
/** Most parallel reports to Redis. Until one is free, other keys are counted by this worker alone. */
const reportsMax = 1_000;
/** Buckets per limiter (4 MB): exact for nearly all of about 100,000 keys per minute, more than poll one worker. */
const tallyBuckets = 2 ** 18;
/** Most blocked keys. An attack with more keys is the task of the firewall in front. */
const blockedMax = 200_000;

interface LimiterOptions extends LimitOptions {
  readonly nowMs: () => number;
}

/**
 * Limits requests per minute and key over all workers. Each worker counts alone and reports a sixth of the limit at a time to
 * Redis, so a poll costs Redis one call instead of two, and a slow Redis delays no request. The price: a key may exceed the
 * limit by a sixth per worker. While Redis is unavailable, each worker alone allows twice the limit (C5).
 */
export class KeyLimiter {
  readonly #shared: SharedCount;
  readonly #nowMs: () => number;
  readonly #reportEvery: number;
  readonly #unreported = new KeyTally(tallyBuckets, randomInt(2 ** 32));
  readonly #blockedUntilMs = new Map<string, number>();
  readonly #reporting = new Set<string>();
  #clearedAtMs: number;

  constructor(client: RedisClient, { perMinute, keyPrefix, nowMs }: LimiterOptions) {
    this.#shared = new SharedCount(client, { perMinute, keyPrefix });
    this.#nowMs = nowMs;
    this.#reportEvery = Math.min(tallyCountMax, Math.ceil(perMinute * reportShare));
    this.#clearedAtMs = nowMs();
  }

  /** Counts a request. Returns the seconds until the next one is allowed; 0: allowed now. */
  take(key: string, nowMs: number = this.#nowMs()): number {
    if (nowMs - this.#clearedAtMs >= windowSeconds * 1000) this.#forget(nowMs);
    if (this.#blockedUntilMs.size > 0) {
      const waitMs = (this.#blockedUntilMs.get(key) ?? 0) - nowMs;
      if (waitMs > 0) return Math.ceil(waitMs / 1000);
    }
    const unreported = this.#unreported.add(key);
    if (unreported >= this.#reportEvery && this.#reporting.size < reportsMax && !this.#reporting.has(key)) {
      this.#unreported.reset(key);
      void this.#report(key, unreported);
    }
    return 0;
  }

  async #report(key: string, points: number): Promise<void> {
    this.#reporting.add(key);
    try {
      const waitMs = await this.#shared.add(key, points);
      if (waitMs > 0 && this.#blockedUntilMs.size < blockedMax)
        this.#blockedUntilMs.set(key, this.#nowMs() + waitMs);
    } catch {
      // The counts of the other workers are unknown: this worker continues with its own.
    } finally {
      this.#reporting.delete(key);
    }
  }

  /** Starts a new window of counts. Blocked keys stay blocked. */
  #forget(nowMs: number): void {
    this.#clearedAtMs = nowMs;
    this.#unreported.clear();
    for (const [key, untilMs] of this.#blockedUntilMs) if (untilMs <= nowMs) this.#blockedUntilMs.delete(key);
  }
}

/** The limits of the queue's routes: per account, and per address (E3). Approximate, so that a poll costs one call. */
export function createQueueLimiter(client: RedisClient, nowMs: () => number) {
  const limiter = (keyPrefix: string, perMinute: number) =>
    new KeyLimiter(client, { perMinute, keyPrefix, nowMs });
  const users = limiter('urr:limit:queue', rateLimits.account.queue);
  const addresses = limiter('urr:limit:address', rateLimits.address.queue);
  return {
    take(user: string, address: string): number {
      const now = nowMs();
      return Math.max(users.take(user, now), addresses.take(address, now));
    },
  };
}
