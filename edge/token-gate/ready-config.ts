import { createLocalJWKSet } from 'jose';
import { signInKeySchema } from '#contract/access-token.ts';
import type { EdgeConfig } from '#contract/edge-config.ts';
import type { Issuer } from '#core/access/verify-access.ts';
import { type TokenKeys, tokenKeysOf } from '#core/access/verify-token.ts';

/** The configuration with its keys ready for use: importing a key costs more than using it. */
export interface ReadyConfig {
  readonly config: EdgeConfig;
  /** False for the bundled fallback: nothing is known, so what could be valid is held. */
  readonly isRead: boolean;
  readonly keys: TokenKeys;
  /** Undefined: nobody is signed in. */
  readonly signIn: Issuer | undefined;
}

/** @throws Error when one of URR's keys is not usable; a key of the provider that is not usable is left out */
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
