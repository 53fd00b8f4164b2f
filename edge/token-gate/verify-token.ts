import { type KeyObject, verify } from 'node:crypto';
import * as z from 'zod/mini';
import {
  clockSkewSeconds,
  entryClaimsSchema,
  passClaimsSchema,
  tokenAlgorithm,
  tokenLifetimeSeconds,
  tokenType,
} from '#contract/tokens.ts';
import { readToken } from '#core/access/token-parts.ts';
import type { ReadyConfig } from './ready-config.ts';

export type VerifiableKind = 'pass' | 'entry';
export interface VerifiedToken {
  readonly eventId: string;
  readonly subject: string;
  readonly generation: number;
}
export type Verification =
  | { readonly outcome: 'valid'; readonly token: VerifiedToken }
  | { readonly outcome: 'invalid' }
  /** Well-formed, but signed with a key that this configuration has not. */
  | { readonly outcome: 'unknown-key' };

const invalid: Verification = { outcome: 'invalid' };
const claimsSchemas = { pass: passClaimsSchema, entry: entryClaimsSchema } as const;

/** Exactly these three: no `jwk`, `jku`, `x5u`, `crit`, `b64`, nothing that could lead to another key (RFC 8725). */
const headerSchemas = {
  pass: z.strictObject({ alg: z.literal(tokenAlgorithm), typ: z.literal(tokenType.pass), kid: z.string() }),
  entry: z.strictObject({ alg: z.literal(tokenAlgorithm), typ: z.literal(tokenType.entry), kid: z.string() }),
} as const;

/**
 * Verifies a token of a kind: form, header, key by `kid`, claims and clock, then the signature, cheapest first. Says
 * nothing of whose it is or of which generation is current.
 */
export function verifyToken(
  kind: VerifiableKind,
  text: string,
  ready: ReadyConfig,
  nowMs: number,
): Verification {
  const parts = readToken(text);
  if (parts === undefined) return invalid;
  const header = headerSchemas[kind].safeParse(parts.header);
  if (!header.success) return invalid;
  const claims = claimsSchemas[kind].safeParse(parts.payload);
  if (!claims.success) return invalid;
  const { iss, aud, sub, gen, iat, exp } = claims.data;
  if (iss !== ready.config.issuer || !isInTime(kind, iat, exp, nowMs)) return invalid;
  const key = ready.tokenKeys.get(header.data.kid);
  if (key === undefined) return { outcome: 'unknown-key' };
  if (!isSigned(text, key)) return invalid;
  return { outcome: 'valid', token: { eventId: aud, subject: sub, generation: gen } };
}

/**
 * ES256 over header and payload as they stand. Everything a JWT library would ask besides was asked above; one synchronous
 * call spares the way to another thread and back, which costs more than the signature where cores are busy
 * (docs/adr/0011).
 */
function isSigned(text: string, key: KeyObject): boolean {
  const dot = text.lastIndexOf('.');
  const signature = Buffer.from(text.slice(dot + 1), 'base64url');
  return verify('sha256', Buffer.from(text.slice(0, dot)), { key, dsaEncoding: 'ieee-p1363' }, signature);
}

/** iat ──── lifetime at most ──── exp, both give or take the clocks' skew. */
function isInTime(kind: VerifiableKind, iat: number, exp: number, nowMs: number): boolean {
  const nowSeconds = Math.floor(nowMs / 1000);
  const lifetimeSeconds = exp - iat;
  if (lifetimeSeconds <= 0 || lifetimeSeconds > tokenLifetimeSeconds[kind]) return false;
  return iat <= nowSeconds + clockSkewSeconds && exp > nowSeconds - clockSkewSeconds;
}
