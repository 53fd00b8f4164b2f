import type { EdgeConfig } from '#contract/edge-config.ts';
import { cached } from '../cached.ts';
import { fetchSignInKeys } from './keys.ts';

const ttlMs = 10 * 60_000;
const refreshGapMs = 30_000;
const staleMs = 24 * 60 * 60 * 1000;

export interface PublishedSignInOptions {
  readonly issuer: string;
  readonly clientId: string;
  readonly nowMs: () => number;
}

/**
 * What the edge must know to verify access tokens: the edge configuration's `signIn`. The issuer is asked at most every
 * ten minutes, and its last keys are given while it is away.
 * @throws UrrError UNAVAILABLE when it never answered: the caller keeps what it published last
 */
export function publishedSignIn({
  issuer,
  clientId,
  nowMs,
}: PublishedSignInOptions): () => Promise<NonNullable<EdgeConfig['signIn']>> {
  const keys = cached(() => fetchSignInKeys(issuer), { ttlMs, refreshGapMs, staleMs, nowMs });
  return async () => ({ issuer, clientId, keys: await keys.get() });
}
