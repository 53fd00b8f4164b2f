import { createPublicKey, type KeyObject, verify } from 'node:crypto';
import * as z from 'zod/mini';
import type { PublicKey } from '#contract/edge-config.ts';
import {
  type ClaimsOf,
  clockSkewSeconds,
  entryClaimsSchema,
  passClaimsSchema,
  type TokenKind,
  ticketClaimsSchema,
  tokenAlgorithm,
  tokenLifetimeSeconds,
  tokenType,
} from '#contract/tokens.ts';
import { readToken } from './token-parts.ts';

/** By `kid`. */
export type TokenKeys = ReadonlyMap<string, KeyObject>;

/** @throws Error if a key is unusable */
export const tokenKeysOf = (keys: readonly PublicKey[]): TokenKeys =>
  new Map(keys.map((jwk) => [jwk.kid, createPublicKey({ key: { ...jwk }, format: 'jwk' })]));

/** `invalid` has no reason, which would help only a forger. */
type Verification<Claims> =
  | { readonly outcome: 'valid'; readonly claims: Claims }
  | { readonly outcome: 'invalid' }
  /** Well-formed, but signed with a key that is not in this set. */
  | { readonly outcome: 'unknown-key' };

const invalid = { outcome: 'invalid' } as const;
const claimsSchemas: { readonly [Kind in TokenKind]: z.ZodMiniType<ClaimsOf[Kind]> } = {
  ticket: ticketClaimsSchema,
  pass: passClaimsSchema,
  entry: entryClaimsSchema,
};

/** No other member: `jwk`, `jku`, `x5u`, `crit` or `b64` could select another key (RFC 8725). */
const headerSchema = z.strictObject({ alg: z.literal(tokenAlgorithm), typ: z.string(), kid: z.string() });

/**
 * Verifies one of URR's tokens, cheapest check first: form, header, claims, times, key by `kid`, signature. The caller
 * compares event, line and owner.
 */
export function verifyToken<Kind extends TokenKind>(
  kind: Kind,
  text: string,
  trusted: { readonly issuer: string; readonly keys: TokenKeys },
  nowMs: number,
): Verification<ClaimsOf[Kind]> {
  const parts = readToken(text);
  const header = headerSchema.safeParse(parts?.header).data;
  if (header?.typ !== tokenType[kind]) return invalid;
  const claims = claimsSchemas[kind].safeParse(parts?.payload).data;
  if (claims === undefined || claims.iss !== trusted.issuer || !isInTime(kind, claims, nowMs)) return invalid;
  const key = trusted.keys.get(header.kid);
  if (key === undefined) return { outcome: 'unknown-key' };
  return isSigned(text, key) ? { outcome: 'valid', claims } : invalid;
}

/**
 * Verifies ES256 over header and payload. All other checks of a JWT library are above. One synchronous call avoids the
 * switch to another thread and back, which takes longer than the signature on busy cores (docs/adr/0011).
 */
function isSigned(text: string, key: KeyObject): boolean {
  const dot = text.lastIndexOf('.');
  const signature = Buffer.from(text.slice(dot + 1), 'base64url');
  return verify('sha256', Buffer.from(text.slice(0, dot)), { key, dsaEncoding: 'ieee-p1363' }, signature);
}

/**
 * True if `exp` follows `iat` by at most the lifetime of the kind, and now is between them, with tolerance for clocks.
 */
function isInTime(kind: TokenKind, { iat, exp }: { iat: number; exp: number }, nowMs: number): boolean {
  const nowSeconds = Math.floor(nowMs / 1000);
  const lifetimeSeconds = exp - iat;
  if (lifetimeSeconds <= 0 || lifetimeSeconds > tokenLifetimeSeconds[kind]) return false;
  return iat <= nowSeconds + clockSkewSeconds && exp > nowSeconds - clockSkewSeconds;
}
