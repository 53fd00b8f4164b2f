import { createHash, timingSafeEqual } from 'node:crypto';
import { cached } from '../cached.ts';
import type { SecretReader } from './reader.ts';

/** Every process uses a rotated secret within this time. */
const ttlMs = 60_000;
/** Least time between two reads for unknown values. Such a value may be a new secret or a guess. */
const refreshGapMs = 5_000;
/**
 * While Secrets Manager is unavailable, the last values stay valid for this long, because CloudFront still sends them.
 */
const staleMs = 60 * 60 * 1000;

/** Returns a function that checks a presented value against the secret's current and previous version. */
export function createSharedSecret(
  read: SecretReader,
  nowMs: () => number,
): (presented: string | undefined) => Promise<boolean> {
  const versions = cached(
    async () => {
      const values = await Promise.all([read('current'), read('previous')]);
      return values.filter((value) => value !== undefined && value !== '').map(digest);
    },
    { ttlMs, refreshGapMs, staleMs, nowMs },
  );
  return async (presented) => {
    if (presented === undefined || presented === '') return false;
    const candidate = digest(presented);
    if (matches(await versions.get(), candidate)) return true;
    return matches(await versions.refresh(), candidate);
  };
}

/** Has the same length for every value, so that the comparison takes constant time. */
const digest = (value: string | undefined) =>
  createHash('sha256')
    .update(value ?? '')
    .digest();
const matches = (known: readonly Buffer[], candidate: Buffer) =>
  known.map((value) => timingSafeEqual(value, candidate)).includes(true);
