import { UrrError } from '#core/errors.ts';
import { type Cached, cached } from '../cached.ts';
import type { SecretReader } from '../secrets/reader.ts';

const ttlMs = 60_000;
const refreshGapMs = 5_000;
/** While Secrets Manager is unavailable, the last values stay valid for this long. */
const staleMs = 60 * 60 * 1000;

/** Returns the secret that seals cookies, then its predecessor, which still opens cookies sealed before a rotation. */
export function sealSecrets(read: SecretReader, nowMs: () => number): Cached<readonly string[]> {
  return cached(
    async () => {
      const [current, previous] = await Promise.all([read('current'), read('previous')]);
      if (current === undefined || current === '')
        throw new UrrError('UNAVAILABLE', 'the secret for sign-in has no value yet; please try again', {
          retryAfterSeconds: 10,
        });
      return previous === undefined || previous === '' ? [current] : [current, previous];
    },
    { ttlMs, refreshGapMs, staleMs, nowMs },
  );
}
