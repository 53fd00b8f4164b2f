import { RateLimiterMemory, RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible';
import type { RedisClient } from './connect.ts';

const windowSeconds = 60;
/** Requests counted here before Redis is told: one call for so many, and it is not waited for. */
const reportEvery = 5;
/** Redis is asked about at most this many keys at once; more are counted here alone meanwhile. */
const reportsMax = 1_000;
/** Keys counted here at once. Beyond it (an attack by many), counting starts anew. */
const keysMax = 200_000;
const reportTimeoutMs = 500;

interface Tally {
  unreported: number;
  isReporting: boolean;
  blockedUntilMs: number;
}

export interface LimiterOptions {
  /** Requests a minute. */
  readonly perMinute: number;
  readonly keyPrefix: string;
  readonly nowMs: () => number;
}

/**
 * At most so many requests a minute per key, over all workers. Counted in Redis, but not on the way: each worker counts
 * for itself and tells Redis after every fifth request, so polling costs Redis one call and not two, and a slow Redis
 * slows nobody down. A key may so pass up to 5 requests per worker beyond the limit. While Redis is away, each worker
 * allows twice the limit by itself (C5).
 */
export class KeyLimiter {
  readonly #shared: RateLimiterRedis;
  readonly #insurance: RateLimiterMemory;
  readonly #nowMs: () => number;
  #tallies = new Map<string, Tally>();
  #clearedAtMs: number;
  #reports = 0;

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
    this.#clearedAtMs = nowMs();
  }

  /** Counts a request. Answers the seconds to wait before the next one; 0: go on. */
  take(key: string): number {
    const nowMs = this.#nowMs();
    this.#forget(nowMs);
    let tally = this.#tallies.get(key);
    if (tally === undefined) {
      tally = { unreported: 0, isReporting: false, blockedUntilMs: 0 };
      this.#tallies.set(key, tally);
    }
    if (tally.blockedUntilMs > nowMs) return Math.ceil((tally.blockedUntilMs - nowMs) / 1000);
    tally.unreported += 1;
    if (tally.unreported >= reportEvery && !tally.isReporting && this.#reports < reportsMax)
      void this.#report(key, tally);
    return 0;
  }

  async #report(key: string, tally: Tally): Promise<void> {
    const points = tally.unreported;
    tally.unreported = 0;
    tally.isReporting = true;
    this.#reports += 1;
    try {
      await this.#consume(key, points);
    } catch (refusal) {
      if (refusal instanceof RateLimiterRes) tally.blockedUntilMs = this.#nowMs() + refusal.msBeforeNext;
    } finally {
      tally.isReporting = false;
      this.#reports -= 1;
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

  /** Once a window, keys that are not blocked are forgotten. */
  #forget(nowMs: number): void {
    const isOver = nowMs - this.#clearedAtMs >= windowSeconds * 1000;
    if (!isOver && this.#tallies.size < keysMax) return;
    this.#clearedAtMs = nowMs;
    const kept = [...this.#tallies].filter(([, tally]) => tally.blockedUntilMs > nowMs || tally.isReporting);
    this.#tallies = new Map(kept.length < keysMax / 2 ? kept : []);
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
    take: (user: string, address: string): number => Math.max(users.take(user), addresses.take(address)),
  };
}
