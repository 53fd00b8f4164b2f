import { createHmac } from 'node:crypto';
import { UrrError } from '#core/errors.ts';
import { cached } from '../cached.ts';
import type { SecretReader } from './reader.ts';

const ttlMs = 60_000;
const staleMs = 60 * 60_000;

/**
 * Returns a function that hashes text with a secret, so that stored hashes cannot be reversed by trying all inputs (all
 * addresses, for example). The key is derived, because the secret itself has another use. A rotation changes the hashes.
 */
export function createKeyedHash(read: SecretReader, nowMs: () => number): (text: string) => Promise<string> {
  const key = cached(
    async () => {
      const secret = await read('current');
      if (secret === undefined || secret === '')
        throw new UrrError('UNAVAILABLE', 'the secret for hashing has no value yet; please try again', {
          retryAfterSeconds: 5,
        });
      return createHmac('sha256', secret).update('urr keyed hash').digest();
    },
    { ttlMs, refreshGapMs: ttlMs, staleMs, nowMs },
  );
  return async (text) =>
    createHmac('sha256', await key.get())
      .update(text)
      .digest()
      .subarray(0, 16)
      .toString('base64url');
}
