import { createLocalJWKSet, errors, type JWTVerifyGetKey } from 'jose';
import { z } from 'zod';
import { accessTokenAlgorithm, jwksUrl } from '#contract/accounts.ts';
import { UrrError } from '#core/errors.ts';
import { cached } from '../cached.ts';
import { parseJson } from '../json.ts';

/** A public RSA key; unlisted members (private ones above all) are left out. */
export const signInKeySchema = z.object({
  kty: z.literal('RSA'),
  n: z.string().min(300).max(1400),
  e: z.string().min(1).max(16),
  kid: z.string().min(1).max(128),
  alg: z.literal(accessTokenAlgorithm),
  use: z.literal('sig'),
});
export type SignInKey = z.infer<typeof signInKeySchema>;
const jwksSchema = z.object({ keys: z.array(z.unknown()).min(1).max(32) });
const keysMax = 8;
const answerBytesMax = 64 * 1024;
const timeoutMs = 2_000;

/**
 * The keys an issuer signs access tokens with now, as it publishes them; keys for anything else are left out. For the
 * verifier below, and for whoever publishes the edge configuration (`signIn.keys`).
 * @throws UrrError UNAVAILABLE when the issuer does not answer within 2 s, or answers nonsense.
 */
export async function fetchSignInKeys(issuer: string): Promise<SignInKey[]> {
  try {
    const response = await fetch(jwksUrl(issuer), {
      signal: AbortSignal.timeout(timeoutMs),
      redirect: 'error',
      headers: { accept: 'application/json' },
    });
    const text = response.ok ? await response.text() : '';
    if (text.length === 0 || text.length > answerBytesMax)
      throw new Error(`key set: status ${response.status}, ${text.length} characters`);
    const keys = jwksSchema.parse(parseJson(text)).keys.flatMap((candidate) => {
      const key = signInKeySchema.safeParse(candidate);
      return key.success ? [key.data] : [];
    });
    if (keys.length === 0) throw new Error('key set: no key for the fixed algorithm');
    return keys.slice(0, keysMax);
  } catch (cause) {
    throw new UrrError('UNAVAILABLE', 'the sign-in provider does not answer', {
      cause,
      retryAfterSeconds: 5,
    });
  }
}

/** Cognito rotates its keys rarely and publishes the next one early. */
const ttlMs = 10 * 60_000;
/** A key id we do not know asks the issuer again at most this often: forged tokens must not flood it. */
const refreshGapMs = 30_000;
/** While the issuer is away, its last keys go on counting: a sale outlives an outage of the sign-in. */
const staleMs = 24 * 60 * 60 * 1000;

export interface SignInKeysOptions {
  readonly issuer: string;
  readonly nowMs: () => number;
  /** @default fetchSignInKeys */
  readonly fetchKeys?: (issuer: string) => Promise<SignInKey[]>;
}

/** Finds the key that a token's header names: fetched once for all who ask together, kept, refreshed sparingly. */
export function signInKeys({
  issuer,
  nowMs,
  fetchKeys = fetchSignInKeys,
}: SignInKeysOptions): JWTVerifyGetKey {
  const keys = cached(async () => createLocalJWKSet({ keys: await fetchKeys(issuer) }), {
    ttlMs,
    refreshGapMs,
    staleMs,
    nowMs,
  });
  return async (header, token) => {
    // jose would try the only key there is on a token that names none.
    if (typeof header.kid !== 'string') throw new errors.JWKSNoMatchingKey();
    const find = await keys.get();
    try {
      return await find(header, token);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
      const findAnew = await keys.refresh();
      return findAnew(header, token);
    }
  };
}
