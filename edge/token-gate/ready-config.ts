import { createPublicKey, type KeyObject } from 'node:crypto';
import { importJWK } from 'jose';
import * as z from 'zod/mini';
import type { EdgeConfig } from '#contract/edge-config.ts';

/** The configuration with its keys ready for use: importing a key costs more than using it. */
export interface ReadyConfig {
  readonly config: EdgeConfig;
  /** False for the bundled fallback: nothing is known, so what could be valid is held. */
  readonly isRead: boolean;
  readonly tokenKeys: ReadonlyMap<string, KeyObject>;
  readonly accessKeys: ReadonlyMap<string, AccessKey>;
}
/** A provider's key and the one algorithm it may be used with (RFC 8725 3.1): the token's header has no say. */
export interface AccessKey {
  readonly key: CryptoKey;
  readonly algorithm: 'RS256' | 'ES256';
}

const base64url = z.string().check(z.regex(/^[A-Za-z0-9_-]+$/), z.maxLength(1024));
const kid = z.string().check(z.minLength(1), z.maxLength(256));
/** Public halves alone are taken out; whatever else a provider publishes is left behind. */
const accessKeySchema = z.discriminatedUnion('kty', [
  z.object({ kty: z.literal('RSA'), kid, n: base64url, e: base64url, alg: z.optional(z.literal('RS256')) }),
  z.object({
    kty: z.literal('EC'),
    crv: z.literal('P-256'),
    kid,
    x: base64url,
    y: base64url,
    alg: z.optional(z.literal('ES256')),
  }),
]);

/** Throws if a token key is not usable; an unknown kind of provider key is left out. */
export async function readyConfig(config: EdgeConfig, isRead: boolean): Promise<ReadyConfig> {
  const tokenKeys = config.keys.map(
    (jwk) => [jwk.kid, createPublicKey({ key: { ...jwk }, format: 'jwk' })] as const,
  );
  const accessKeys = await Promise.all((config.signIn?.keys ?? []).map(importAccessKey));
  return {
    config,
    isRead,
    tokenKeys: new Map(tokenKeys),
    accessKeys: new Map(accessKeys.filter((entry) => entry !== undefined)),
  };
}

async function importAccessKey(jwk: unknown): Promise<readonly [string, AccessKey] | undefined> {
  const parsed = accessKeySchema.safeParse(jwk);
  if (!parsed.success) return undefined;
  const algorithm = parsed.data.kty === 'RSA' ? 'RS256' : 'ES256';
  const key = await importPublic({ ...parsed.data, alg: algorithm }, algorithm);
  return [parsed.data.kid, { key, algorithm }];
}

async function importPublic(jwk: Parameters<typeof importJWK>[0], algorithm: string): Promise<CryptoKey> {
  const key = await importJWK(jwk, algorithm);
  if (key instanceof Uint8Array) throw new Error('a public key is asymmetric');
  return key;
}
