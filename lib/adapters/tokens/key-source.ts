import { UrrError } from '#core/errors.ts';
import { type KeySet, keySetSchema } from '#core/signing-keys.ts';
import { cached } from '../cached.ts';
import { parseJson } from '../json.ts';
import type { SecretReader } from '../secrets/reader.ts';

/** Far below the five minutes between a key's publication and its first signature (core/signing-keys.ts). */
const ttlMs = 60_000;
const refreshGapMs = 5_000;
const staleMs = 60 * 60 * 1000;

/** The signing keys. Both throw UrrError UNAVAILABLE while there is none. */
export interface KeySource {
  get(): Promise<KeySet>;
  /** For a key id that is not known yet: asks again, at most once per five seconds. */
  refresh(): Promise<KeySet>;
}

export function createKeySource(read: SecretReader, nowMs: () => number): KeySource {
  return cached(async () => parseKeySet(await read('current')), { ttlMs, refreshGapMs, staleMs, nowMs });
}

function parseKeySet(text: string | undefined): KeySet {
  const parsed = keySetSchema.safeParse(parseJson(text ?? ''));
  if (parsed.success && parsed.data.keys.length > 0) return parsed.data;
  throw new UrrError('UNAVAILABLE', 'there is no signing key yet', { retryAfterSeconds: 10 });
}
