import { randomInt } from 'node:crypto';
import { RateLimiterMemory, RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible';
import { KeyTally } from '#core/key-tally.ts';
import type { RedisClient } from './connect.ts';

const windowSeconds = 60;
/** Share of the limit that is counted here before Redis is told: one call for so many, and it is not waited for. */
const reportShare = 1 / 6;
/** Redis is asked about at most this many keys at once; more are counted here alone meanwhile. */
const reportsMax = 1_000;
/** Of one limiter, 4 MB: exact for nearly all of some hundred thousand keys a minute, more than poll one worker. */
const tallyBuckets = 2 ** 18;
/** Keys that must wait, at once. Beyond it (an attack by many) the firewall in front has to help. */
const blockedMax = 200_000;
const reportTimeoutMs = 500;

export interface LimiterOptions {
  /** Requests a minute. */
  readonly perMinute: number;
  readonly keyPrefix: string;
  readonly nowMs: () => number;
}

/**
 * At most so many requests a minute per key, over all workers. Counted in Redis, but not on the way: each worker counts
 * for itself and tells Redis about a sixth of the limit at a time, so that a poll costs Redis one call and not two, and a
 * slow Redis slows nobody down. The price: a key may pass a sixth of the limit per worker beyond it. While Redis is away,
 * each worker allows twice the limit by itself (C5).
 */
export class KeyLimiter {
  readonly #shared: RateLimiterRedis;
  readonly #insurance: RateLimiterMemory;
  readonly #nowMs: () => number;
  readonly #reportEvery: number;
  readonly #unreported = new KeyTally(tallyBuckets, randomInt(2 ** 32));
  readonly #blockedUntilMs = new Map<string, number>();
  readonly #reporting = new Set<string>();
  #clearedAtMs: number;

  constructor(client: RedisClient, { perMinute, keyPrefix, nowMs }: LimiterOptions) {
    this.#insurance = new RateLimiterMemory({
      points: perMinute * 2,
      duration: windowSeconds,
      keyPrefix: `${keyPrefix}:insurance`,
    });
    this.#shared = new RateLimiterRedis({
      storeClient: client,
      rejectIfRedisNotReady: true,
      points: perMinute,
      duration: windowSeconds,
      keyPrefix,
      insuranceLimiter: this.#insurance,
    });
    this.#nowMs = nowMs;
    this.#reportEvery = Math.ceil(perMinute * reportShare);
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
      await this.#consume(key, points);
    } catch (refusal) {
      if (refusal instanceof RateLimiterRes && this.#blockedUntilMs.size < blockedMax)
        this.#blockedUntilMs.set(key, this.#nowMs() + refusal.msBeforeNext);
    } finally {
      this.#reporting.delete(key);
    }
  }

  /** A Redis that neither answers nor refuses counts as away. */
  async #consume(key: string, points: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<'late'>((resolve) => {
      timer = setTimeout(resolve, reportTimeoutMs, 'late');
    });
    const answer = this.#shared.consume(key, points);
    try {
      if ((await Promise.race([answer, late])) !== 'late') return;
      answer.catch(() => undefined);
      await this.#insurance.consume(key, points);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Once a window counting starts anew; who is blocked stays so. */
  #forget(nowMs: number): void {
    this.#clearedAtMs = nowMs;
    this.#unreported.clear();
    for (const [key, untilMs] of this.#blockedUntilMs) if (untilMs <= nowMs) this.#blockedUntilMs.delete(key);
  }
}

/** Polling in step with the answers needs 60 a minute at the very front (C5). */
const queuePerMinute = 120;
/** A whole campus may share one address; one program must not be a whole campus. */
const addressPerMinute = 3_000;

/** The limits of the queue's routes: per account, and per address (E3). */
export function createQueueLimiter(client: RedisClient, nowMs: () => number) {
  const users = new KeyLimiter(client, { perMinute: queuePerMinute, keyPrefix: 'urr:limit:queue', nowMs });
  const addresses = new KeyLimiter(client, {
    perMinute: addressPerMinute,
    keyPrefix: 'urr:limit:address',
    nowMs,
  });
  return {
    take(user: string, address: string): number {
      const now = nowMs();
      return Math.max(users.take(user, now), addresses.take(address, now));
    },
  };
}
