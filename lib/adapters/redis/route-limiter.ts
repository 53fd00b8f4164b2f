import { randomInt } from 'node:crypto';
import { KeyTally, tallyCountMax } from '#core/access/key-tally.ts';
import { rateLimits } from '#core/access/rate-limits.ts';
import type { RedisClient } from './connect.ts';
import { type LimitOptions, SharedCount, windowSeconds } from './shared-count.ts';

/** Share of the limit that is counted here before Redis is told: one call for so many, and it is not waited for. */
const reportShare = 1 / 6;
/** Redis is asked about at most this many keys at once; more are counted here alone meanwhile. */
const reportsMax = 1_000;
/** Of one limiter, 4 MB: exact for nearly all of some hundred thousand keys a minute, more than poll one worker. */
const tallyBuckets = 2 ** 18;
/** Keys that must wait, at once. Beyond it (an attack by many) the firewall in front has to help. */
const blockedMax = 200_000;

export interface LimiterOptions extends LimitOptions {
  readonly nowMs: () => number;
}

/**
 * At most so many requests a minute per key, over all workers. Counted in Redis, but not on the way: each worker counts
 * for itself and tells Redis about a sixth of the limit at a time, so that a poll costs Redis one call and not two, and a
 * slow Redis slows nobody down. The price: a key may pass a sixth of the limit per worker beyond it. While Redis is away,
 * each worker allows twice the limit by itself (C5).
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

  /** Counts a request. Answers the seconds to wait before the next one; 0: go on. */
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
      // Nothing is known of the other workers' counts: this worker goes on with its own.
    } finally {
      this.#reporting.delete(key);
    }
  }

  /** Once a window counting starts anew; who is blocked stays so. */
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
