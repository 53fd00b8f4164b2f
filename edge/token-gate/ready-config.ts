import { createLocalJWKSet } from 'jose';
import { signInKeySchema } from '#contract/access-token.ts';
import type { EdgeConfig } from '#contract/edge-config.ts';
import type { Issuer } from '#core/access/verify-access.ts';
import { type TokenKeys, tokenKeysOf } from '#core/access/verify-token.ts';

/** The configuration with imported keys, because importing a key costs more than using it. */
export interface ReadyConfig {
  readonly config: EdgeConfig;
  /** False for the bundled fallback, with which plausible requests are held. */
  readonly isRead: boolean;
  readonly keys: TokenKeys;
  /** Undefined: no visitor counts as signed in. */
  readonly signIn: Issuer | undefined;
}

/**
 * Leaves out unusable keys of the OpenID provider.
 * @throws Error if one of URR's keys is unusable
 */
export function readyConfig(config: EdgeConfig, isRead: boolean): ReadyConfig {
  const { signIn } = config;
  const signInKeys = (signIn?.keys ?? []).flatMap((key) => signInKeySchema.safeParse(key).data ?? []);
  return {
    config,
    isRead,
    keys: tokenKeysOf(config.keys),
    signIn: signIn && { ...signIn, keys: createLocalJWKSet({ keys: signInKeys }) },
  };
}
