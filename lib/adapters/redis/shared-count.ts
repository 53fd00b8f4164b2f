import { RateLimiterMemory, RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible';
import type { RedisClient } from './connect.ts';

export const windowSeconds = 60;
/** Redis counts as unavailable if it does not respond within this time. */
const answerMsMax = 500;

export interface LimitOptions {
  /** Requests per minute. */
  readonly perMinute: number;
  readonly keyPrefix: string;
}

/**
 * Counts the requests of a key per minute in Redis, for all workers: one INCR decides. While Redis is unavailable, this
 * worker counts alone and allows twice the limit (C5).
 */
export class SharedCount {
  readonly #redis: RateLimiterRedis;
  readonly #insurance: RateLimiterMemory;

  constructor(client: RedisClient, { perMinute, keyPrefix }: LimitOptions) {
    this.#insurance = new RateLimiterMemory({
      points: perMinute * 2,
      duration: windowSeconds,
      keyPrefix: `${keyPrefix}:insurance`,
    });
    this.#redis = new RateLimiterRedis({
      storeClient: client,
      rejectIfRedisNotReady: true,
      points: perMinute,
      duration: windowSeconds,
      keyPrefix,
      insuranceLimiter: this.#insurance,
    });
  }

  /** Counts `requests`. Returns the milliseconds until the next is allowed; 0: allowed now. */
  async add(key: string, requests: number): Promise<number> {
    try {
      await this.#consume(key, requests);
      return 0;
    } catch (refusal) {
      if (refusal instanceof RateLimiterRes) return Math.max(1, refusal.msBeforeNext);
      throw refusal;
    }
  }

  async #consume(key: string, requests: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<'late'>((resolve) => {
      timer = setTimeout(resolve, answerMsMax, 'late');
    });
    const answer = this.#redis.consume(key, requests);
    try {
      if ((await Promise.race([answer, late])) !== 'late') return;
      answer.catch(() => undefined);
      await this.#insurance.consume(key, requests);
    } finally {
      clearTimeout(timer);
    }
  }
}
