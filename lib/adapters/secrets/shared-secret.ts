import { createHash, timingSafeEqual } from 'node:crypto';
import { cached } from '../cached.ts';
import type { SecretReader } from './reader.ts';

/** A rotated secret is known everywhere within this. */
const ttlMs = 60_000;
/** An unknown value may be a new secret: look again, but not for every guess. */
const refreshGapMs = 5_000;
/** While Secrets Manager is away, the last values go on counting: CloudFront still sends them. */
const staleMs = 60 * 60 * 1000;

/** Tells whether a presented value is the secret's current or previous version. */
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

/** Of one length whatever was presented, so that comparing takes one time. */
const digest = (value: string | undefined) =>
  createHash('sha256')
    .update(value ?? '')
    .digest();
const matches = (known: readonly Buffer[], candidate: Buffer) =>
  known.map((value) => timingSafeEqual(value, candidate)).includes(true);
