import type { JWTVerifyGetKey } from 'jose';
import type { EdgeConfig } from '#contract/edge-config.ts';
import { type SignIn, verifyAccess } from '#core/access/verify-access.ts';
import { cached } from '../cached.ts';
import { fetchSignInKeys, keysKept, type SignInKeysOptions, signInKeys } from './keys.ts';

interface SignInOptions {
  /** `iss`: the user pool's URL. */
  readonly issuer: string;
  readonly clientId: string;
  readonly nowMs: () => number;
  /** @default the issuer's, fetched and kept */
  readonly keys?: JWTVerifyGetKey;
}

/** Returns the account of an access token, for Lambdas and workers. */
export function makeSignIn({ issuer, clientId, nowMs, keys }: SignInOptions): SignIn {
  const trusted = { issuer, clientId, keys: keys ?? signInKeys({ issuer, nowMs }) };
  return {
    userOf: async (token) => (token === undefined ? undefined : verifyAccess(token, trusted, nowMs())),
  };
}

/**
 * Returns what the edge needs to verify access tokens: `signIn` of the edge configuration.
 * @throws UrrError UNAVAILABLE if the issuer has never responded; the caller keeps the published value
 */
export function publishedSignIn({
  issuer,
  clientId,
  nowMs,
  fetchKeys = fetchSignInKeys,
}: SignInKeysOptions & Pick<SignInOptions, 'clientId'>): () => Promise<NonNullable<EdgeConfig['signIn']>> {
  const keys = cached(() => fetchKeys(issuer), { ...keysKept, nowMs });
  return async () => ({ issuer, clientId, keys: await keys.get() });
}
