import type { z } from 'zod';
import {
  type KeySet,
  keySetSchema,
  type PublicKeySet,
  publicKeySetSchema,
  publicKeys,
} from '#core/access/signing-keys.ts';
import { UrrError } from '#core/errors.ts';
import { cached } from '../cached.ts';
import { parseJson } from '../json.ts';
import type { SecretReader } from '../secrets/reader.ts';

/** Far below the five minutes between a key's publication and its first signature (core/access/signing-keys.ts). */
const ttlMs = 60_000;
const refreshGapMs = 5_000;
const staleMs = 60 * 60 * 1000;

/** Keys of a secret. Both methods throw UrrError UNAVAILABLE while no key can be read. */
interface Source<Keys> {
  get(): Promise<Keys>;
  /** Reads again, at most once per five seconds, for a key id that is not known yet. */
  refresh(): Promise<Keys>;
}
/** For signers: vwr-api and admission. */
export type KeySource = Source<KeySet>;
/** For verifiers. */
export type PublicKeySource = Source<PublicKeySet>;

export const createKeySource = (read: SecretReader, nowMs: () => number): KeySource =>
  sourceOf(keySetSchema, read, nowMs);

export const createPublicKeySource = (read: SecretReader, nowMs: () => number): PublicKeySource =>
  sourceOf(publicKeySetSchema, read, nowMs);

/** Returns the public parts, because a signer verifies with the keys that it has. */
export function publicHalves(keys: KeySource): PublicKeySource {
  const halves = new WeakMap<KeySet, PublicKeySet>();
  /** Returns the same object for the same set, so that its keys are imported once. */
  const halvesOf = (set: KeySet): PublicKeySet => {
    const known = halves.get(set) ?? { keys: publicKeys(set) };
    halves.set(set, known);
    return known;
  };
  return {
    get: async () => halvesOf(await keys.get()),
    refresh: async () => halvesOf(await keys.refresh()),
  };
}

function sourceOf<Keys extends { keys: readonly unknown[] }>(
  schema: z.ZodType<Keys>,
  read: SecretReader,
  nowMs: () => number,
): Source<Keys> {
  const parse = (text: string | undefined): Keys => {
    const parsed = schema.safeParse(parseJson(text ?? ''));
    if (parsed.success && parsed.data.keys.length > 0) return parsed.data;
    throw new UrrError('UNAVAILABLE', 'there is no signing key yet; please try again', {
      retryAfterSeconds: 10,
    });
  };
  return cached(async () => parse(await read('current')), { ttlMs, refreshGapMs, staleMs, nowMs });
}
