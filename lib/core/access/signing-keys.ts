import { z } from 'zod';
import { type PublicKey, publicKeySchema } from '#contract/edge-config.ts';
import { clockSkewSeconds, tokenLifetimeSeconds } from '#contract/tokens.ts';
import { UrrError } from '../errors.ts';

const coordinate = z.string().length(43);
/** P-256, both halves. Lives in the signers' secret and in the signers' memory, nowhere else. */
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
  /** Published before, signing from here: whoever verifies has fetched it by then. */
  signFromMs: z.int().min(0),
});
export type SigningKey = z.infer<typeof signingKeySchema>;

/** As many as the edge configuration carries. */
export const keysMax = 8;
/** The secret's value. Newest last. */
export const keySetSchema = z.strictObject({ keys: z.array(signingKeySchema).max(keysMax) });
export type KeySet = z.infer<typeof keySetSchema>;

/** The public secret's value: what everyone who verifies is given (docs/adr/0093). */
export const publicKeySetSchema = z.strictObject({ keys: z.array(publicKeySchema).max(keysMax) });
export type PublicKeySet = z.infer<typeof publicKeySetSchema>;

/**
 * From a key's publication to its first signature. Longer than every cache on the way together: secret 60 s, advancer's
 * cycle at most 60 s, edge configuration 5 s.
 */
export const signDelayMs = 5 * 60 * 1000;

/** The key to sign with: the newest whose time has come; the oldest if none has (a clock behind the rotation's). */
export const signingKey = (keySet: KeySet, nowMs: number): SigningKey | undefined =>
  keySet.keys.findLast(({ signFromMs }) => signFromMs <= nowMs) ?? keySet.keys[0];

/** The halves that everyone may see. */
export const publicKeys = (keySet: KeySet): PublicKey[] =>
  keySet.keys.map(({ kid, privateJwk: { kty, crv, x, y } }) =>
    publicKeySchema.parse({ kty, crv, x, y, kid, alg: 'ES256', use: 'sig' }),
  );

/** After a key has signed its last token, the longest-lived token and a wrong clock may still need it this long. */
const retireAfterMs = (Math.max(...Object.values(tokenLifetimeSeconds)) + 2 * clockSkewSeconds) * 1000;

/**
 * Adds a key and drops those that no living token can need. Adding the same key again changes nothing.
 *
 *   created          signs                       successor signs       dropped at a later rotation
 *   ───┬───────────────┬──────────────────────────────┬────────────────────────┬──────▶
 *      │   5 minutes   │                              │  24 h + clock skew     │
 *
 * @throws UrrError CONFLICT when so many rotations came so fast that a key still needed would have to go
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
    throw new UrrError('CONFLICT', 'too many rotations in a day: every key is still needed');
  }
  return { keys: [...kept, added] };
}
