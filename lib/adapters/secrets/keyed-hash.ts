import { createHmac } from 'node:crypto';
import { UrrError } from '#core/errors.ts';
import { cached } from '../cached.ts';
import type { SecretReader } from './reader.ts';

const ttlMs = 60_000;
const staleMs = 60 * 60_000;

/**
 * Hashes text by a secret, so that what is stored cannot be found by trying all inputs, as an address could. The key is derived:
 * the secret itself has another use. A rotation changes the hashes.
 */
export function createKeyedHash(read: SecretReader, nowMs: () => number): (text: string) => Promise<string> {
  const key = cached(
    async () => {
      const secret = await read('current');
      if (secret === undefined || secret === '')
        throw new UrrError('UNAVAILABLE', 'a secret has no value yet', { retryAfterSeconds: 5 });
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
