import { type CryptoKey, decodeProtectedHeader, errors, importJWK, jwtVerify } from 'jose';
import { core, z } from 'zod';
import type { PublicKey } from '#contract/edge-config.ts';
import {
  clockSkewSeconds,
  type EntryClaims,
  entryClaimsSchema,
  type PassClaims,
  passClaimsSchema,
  type TicketClaims,
  type TokenKind,
  ticketClaimsSchema,
  tokenAlgorithm,
  tokenLengthMax,
  tokenLifetimeSeconds,
  tokenType,
} from '#contract/tokens.ts';
import { keysMax } from '#core/access/signing-keys.ts';
import type { PublicKeySource } from './key-source.ts';

/** `invalid` says no more than that: why a token was refused helps only whoever forges one. */
export type Verified<Claims> =
  | { readonly kind: 'valid'; readonly claims: Claims }
  | { readonly kind: 'invalid' };

/** Verifies URR's tokens for one event. @throws UrrError UNAVAILABLE while no key can be had */
export interface TokenVerifier {
  ticket(token: string, eventId: string): Promise<Verified<TicketClaims>>;
  pass(token: string, eventId: string): Promise<Verified<PassClaims>>;
  entry(token: string, eventId: string): Promise<Verified<EntryClaims>>;
}

/** Three parts of base64url, the last one exactly a P-256 signature. */
const compactForm = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]{86}$/;
const invalid = { kind: 'invalid' } as const;

export function createTokenVerifier(deps: {
  readonly keys: PublicKeySource;
  readonly issuer: string;
  readonly nowMs: () => number;
}): TokenVerifier {
  const imported = new Map<string, CryptoKey>();

  const keyOf = async (kid: string): Promise<CryptoKey | undefined> => {
    const find = (keys: readonly PublicKey[]) => keys.find((key) => key.kid === kid);
    // Always asked, so that a key taken out of the set stops counting here too.
    const key = find((await deps.keys.get()).keys) ?? find((await deps.keys.refresh()).keys);
    if (key === undefined) return undefined;
    const cacheKey = `${kid}.${key.x}.${key.y}`;
    const known = imported.get(cacheKey);
    if (known !== undefined) return known;
    const made = await importJWK(key, tokenAlgorithm);
    if (made instanceof Uint8Array) return undefined;
    if (imported.size >= keysMax) imported.clear();
    imported.set(cacheKey, made);
    return made;
  };

  const verify = async <Claims extends { iat: number; exp: number }>(
    kind: TokenKind,
    schema: core.$ZodType<Claims>,
    token: string,
    eventId: string,
  ): Promise<Verified<Claims>> => {
    const kid = keyIdOf(kind, token);
    if (kid === undefined) return invalid;
    const key = await keyOf(kid);
    if (key === undefined) return invalid;
    const nowMs = deps.nowMs();
    try {
      const { payload } = await jwtVerify(token, key, {
        algorithms: [tokenAlgorithm],
        issuer: deps.issuer,
        audience: eventId,
        typ: tokenType[kind],
        clockTolerance: clockSkewSeconds,
        currentDate: new Date(nowMs),
        requiredClaims: ['iss', 'aud', 'sub', 'iat', 'exp', 'jti'],
      });
      const claims = core.safeParse(schema, payload);
      return claims.success && isTimely(claims.data, kind, nowMs)
        ? { kind: 'valid', claims: claims.data }
        : invalid;
    } catch (error) {
      if (error instanceof errors.JOSEError) return invalid;
      throw error;
    }
  };

  return {
    ticket: (token, eventId) => verify('ticket', ticketClaimsSchema, token, eventId),
    pass: (token, eventId) => verify('pass', passClaimsSchema, token, eventId),
    entry: (token, eventId) => verify('entry', entryClaimsSchema, token, eventId),
  };
}

/** The header says which of our keys to use and nothing else: `jwk`, `jku`, `x5u`, `crit` and `b64` are refused. */
function keyIdOf(kind: TokenKind, token: string): string | undefined {
  if (token.length > tokenLengthMax || !compactForm.test(token) || !isCanonical(token)) return undefined;
  const schema = z.strictObject({
    alg: z.literal(tokenAlgorithm),
    typ: z.literal(tokenType[kind]),
    kid: z.string().min(1).max(64),
  });
  try {
    const header = schema.safeParse(decodeProtectedHeader(token));
    return header.success ? header.data.kid : undefined;
  } catch {
    return undefined;
  }
}

/** One token has one spelling: spare bits of base64url are zero. */
const isCanonical = (token: string): boolean =>
  token.split('.').every((part) => Buffer.from(part, 'base64url').toString('base64url') === part);

/** Not signed in the future, and not for longer than its kind lives. */
const isTimely = ({ iat, exp }: { iat: number; exp: number }, kind: TokenKind, nowMs: number): boolean =>
  iat * 1000 <= nowMs + clockSkewSeconds * 1000 && exp - iat <= tokenLifetimeSeconds[kind];
