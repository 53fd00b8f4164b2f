import { z } from 'zod';
import { type PublicKey, publicKeySchema } from '#contract/edge-config.ts';
import { clockSkewSeconds, tokenLifetimeSeconds } from '#contract/tokens.ts';
import { UrrError } from '../errors.ts';

const coordinate = z.string().length(43);
/** P-256, private and public part. Only the signers' secret and the signers' memory contain it. */
export const privateKeySchema = z.strictObject({
  kty: z.literal('EC'),
  crv: z.literal('P-256'),
  x: coordinate,
  y: coordinate,
  d: coordinate,
});
export type PrivateKey = z.infer<typeof privateKeySchema>;

const signingKeySchema = z.strictObject({
  kid: z.string().min(1).max(64),
  privateJwk: privateKeySchema,
  createdAtMs: z.int().min(0),
  /** The key is published earlier, so that every verifier has fetched it when it signs first. */
  signFromMs: z.int().min(0),
});
export type SigningKey = z.infer<typeof signingKeySchema>;

/** Most keys in the edge configuration. */
export const keysMax = 8;
/** The secret's value, newest key last. */
export const keySetSchema = z.strictObject({ keys: z.array(signingKeySchema).max(keysMax) });
export type KeySet = z.infer<typeof keySetSchema>;

/** The value of the public secret, for all verifiers (docs/adr/0093). */
export const publicKeySetSchema = z.strictObject({ keys: z.array(publicKeySchema).max(keysMax) });
export type PublicKeySet = z.infer<typeof publicKeySetSchema>;

/**
 * Time from a key's publication to its first signature: longer than all caches in between together, which are the
 * secret 60 s, the advancer's cycle at most 60 s and the edge configuration 5 s.
 */
export const signDelayMs = 5 * 60 * 1000;

/** Returns the newest key whose `signFromMs` has passed; the oldest key if a slow clock has reached none of them. */
export const signingKey = (keySet: KeySet, nowMs: number): SigningKey | undefined =>
  keySet.keys.findLast(({ signFromMs }) => signFromMs <= nowMs) ?? keySet.keys[0];

/** Returns the public parts of the keys. */
export const publicKeys = (keySet: KeySet): PublicKey[] =>
  keySet.keys.map(({ kid, privateJwk: { kty, crv, x, y } }) =>
    publicKeySchema.parse({ kty, crv, x, y, kid, alg: 'ES256', use: 'sig' }),
  );

/**
 * Time for which a key verifies after its last signature: the longest lifetime of a token, and the tolerance for
 * clocks.
 */
const retireAfterMs = (Math.max(...Object.values(tokenLifetimeSeconds)) + 2 * clockSkewSeconds) * 1000;

/**
 * Returns the set with a new key and without the keys that no valid token can need. A key that is already in the set
 * changes nothing.
 *
 *   created          signs                       successor signs       dropped at a later rotation
 *   ───┬───────────────┬──────────────────────────────┬────────────────────────┬──────▶
 *      │   5 minutes   │                              │  24 h + clock skew     │
 *
 * @throws UrrError CONFLICT if the set is full of keys that are still needed, after too many rotations in a day
 */
export function rotateKeys(
  keySet: KeySet,
  nowMs: number,
  newKey: Pick<SigningKey, 'kid' | 'privateJwk'>,
): KeySet {
  if (keySet.keys.some(({ kid }) => kid === newKey.kid)) return keySet;
  const isFirst = keySet.keys.length === 0;
  const added: SigningKey = {
    ...newKey,
    createdAtMs: nowMs,
    signFromMs: isFirst ? nowMs : nowMs + signDelayMs,
  };
  const kept = keySet.keys.filter((_, i) => {
    const successor = keySet.keys[i + 1];
    return successor === undefined || nowMs < successor.signFromMs + retireAfterMs;
  });
  if (kept.length >= keysMax) {
    throw new UrrError(
      'CONFLICT',
      `all ${keysMax} keys are still in use; rotate again when the oldest has expired`,
    );
  }
  return { keys: [...kept, added] };
}
