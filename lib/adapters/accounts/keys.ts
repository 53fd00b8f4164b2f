import { createLocalJWKSet, errors, type JWTVerifyGetKey } from 'jose';
import { z } from 'zod';
import { type SignInKey, signInKeySchema } from '#contract/access-token.ts';
import { jwksUrl } from '#contract/accounts.ts';
import type { EdgeConfig } from '#contract/edge-config.ts';
import { UrrError } from '#core/errors.ts';
import { cached } from '../cached.ts';
import { parseJson } from '../json.ts';

const jwksSchema = z.object({ keys: z.array(z.unknown()).min(1).max(32) });
const keysMax = 8;
const answerBytesMax = 64 * 1024;
const defaultTimeoutMs = 2_000;

/** Keys that verify access tokens; keys for anything else are left out. */
export const usableKeys = (candidates: readonly unknown[]): SignInKey[] =>
  candidates.flatMap((candidate) => signInKeySchema.safeParse(candidate).data ?? []);

/**
 * The keys an issuer signs access tokens with now, as it publishes them.
 * @throws UrrError UNAVAILABLE when the issuer does not answer within the time-out, or answers nonsense.
 */
export async function fetchSignInKeys(issuer: string, timeoutMs = defaultTimeoutMs): Promise<SignInKey[]> {
  try {
    const response = await fetch(jwksUrl(issuer), {
      signal: AbortSignal.timeout(timeoutMs),
      redirect: 'error',
      headers: { accept: 'application/json' },
    });
    const text = response.ok ? await response.text() : '';
    if (text.length === 0 || text.length > answerBytesMax)
      throw new Error(`key set: status ${response.status}, ${text.length} characters`);
    const keys = usableKeys(jwksSchema.parse(parseJson(text)).keys);
    if (keys.length === 0) throw new Error('key set: no key for the fixed algorithm');
    return keys.slice(0, keysMax);
  } catch (cause) {
    throw unavailable('the sign-in provider does not answer', cause);
  }
}

/**
 * The issuer's keys out of the edge configuration, for a worker without a way to the issuer itself.
 * @throws UrrError UNAVAILABLE while nothing is published for this issuer.
 */
export const publishedKeys =
  (read: () => Promise<EdgeConfig | undefined>) =>
  async (issuer: string): Promise<SignInKey[]> => {
    const signIn = (await read())?.signIn;
    const keys = signIn?.issuer === issuer ? usableKeys(signIn.keys) : [];
    if (keys.length === 0) throw unavailable('the sign-in keys are not published yet');
    return keys;
  };

const unavailable = (message: string, cause?: unknown) =>
  new UrrError('UNAVAILABLE', message, { cause, retryAfterSeconds: 5 });

/**
 * Cognito rotates its keys rarely and publishes the next one early. A key id that is not known asks the issuer at most
 * once per gap: forged tokens must not flood it. While the issuer is away, its last keys go on counting, because a sale
 * outlives an outage of the sign-in; jose's own remote set would refuse everybody after ten minutes (docs/adr/0114).
 */
export const keysKept = { ttlMs: 10 * 60_000, refreshGapMs: 30_000, staleMs: 24 * 60 * 60 * 1000 };

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
    ...keysKept,
    nowMs,
  });
  return async (header, token) => {
    const find = await keys.get();
    try {
      return await find(header, token);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
      const findAgain = await keys.refresh();
      return findAgain(header, token);
    }
  };
}
