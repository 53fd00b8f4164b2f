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

/** Returns the keys that verify access tokens, without keys for other uses. */
const usableKeys = (candidates: readonly unknown[]): SignInKey[] =>
  candidates.flatMap((candidate) => signInKeySchema.safeParse(candidate).data ?? []);

/**
 * Returns the issuer's published keys for access tokens.
 * @throws UrrError UNAVAILABLE if the issuer does not respond within the time-out, or not with a key set
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
    throw unavailable('the sign-in provider does not respond; please try again', cause);
  }
}

/**
 * Reads the issuer's keys from the edge configuration, for a worker that cannot reach the issuer.
 * @throws UrrError UNAVAILABLE while no keys are published for this issuer
 */
export const publishedKeys =
  (read: () => Promise<EdgeConfig | undefined>) =>
  async (issuer: string): Promise<SignInKey[]> => {
    const signIn = (await read())?.signIn;
    const keys = signIn?.issuer === issuer ? usableKeys(signIn.keys) : [];
    if (keys.length === 0) throw unavailable('the sign-in keys are not published yet; please try again');
    return keys;
  };

const unavailable = (message: string, cause?: unknown) =>
  new UrrError('UNAVAILABLE', message, { cause, retryAfterSeconds: 5 });

/**
 * Cognito rotates its keys rarely and publishes the next one early. An unknown key id causes at most one request per
 * `refreshGapMs`, so that forged tokens do not flood the issuer. During an outage of the issuer its last keys stay
 * valid, because a sale must survive it; jose's own remote set would refuse every visitor after ten minutes
 * (docs/adr/0114).
 */
export const keysKept = { ttlMs: 10 * 60_000, refreshGapMs: 30_000, staleMs: 24 * 60 * 60 * 1000 };

export interface SignInKeysOptions {
  readonly issuer: string;
  readonly nowMs: () => number;
  /** @default fetchSignInKeys */
  readonly fetchKeys?: (issuer: string) => Promise<SignInKey[]>;
}

/** Finds the key that a token's header names. Concurrent callers share one request, and the keys are kept. */
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
