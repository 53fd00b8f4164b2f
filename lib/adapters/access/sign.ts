import { type CryptoKey, importJWK, SignJWT } from 'jose';
import {
  type EntryClaims,
  entryClaimsSchema,
  type PassClaims,
  passClaimsSchema,
  type TicketClaims,
  type TokenKind,
  ticketClaimsSchema,
  tokenAlgorithm,
  tokenLifetimeSeconds,
  tokenType,
} from '#contract/tokens.ts';
import { keysMax, type SigningKey, signingKey } from '#core/access/signing-keys.ts';
import { UrrError } from '#core/errors.ts';
import type { KeySource } from './key-source.ts';

/** Claims without those that the signer adds: issuer and times. */
type Unsigned<Claims> = Omit<Claims, 'iss' | 'iat' | 'exp'>;

interface SignedToken {
  readonly token: string;
  readonly expiresAtMs: number;
}

/**
 * Signs URR's tokens.
 * @throws UrrError UNAVAILABLE while there is no key
 */
export interface TokenSigner {
  ticket(claims: Unsigned<TicketClaims>): Promise<SignedToken>;
  pass(claims: Unsigned<PassClaims>): Promise<SignedToken>;
  entry(claims: Unsigned<EntryClaims>): Promise<SignedToken>;
}

export function createTokenSigner(deps: {
  readonly keys: KeySource;
  readonly issuer: string;
  readonly nowMs: () => number;
}): TokenSigner {
  const imported = new Map<string, Promise<CryptoKey>>();

  const keyOf = (key: SigningKey): Promise<CryptoKey> => {
    const known = imported.get(key.kid);
    if (known !== undefined) return known;
    // Rotations add few keys in the life of a process, so a full map is cleared.
    if (imported.size >= keysMax) imported.clear();
    const importing = importPrivate(key);
    imported.set(key.kid, importing);
    return importing;
  };

  const sign = async (kind: TokenKind, toClaims: (times: Times) => Record<string, unknown>) => {
    const nowMs = deps.nowMs();
    const key = signingKey(await deps.keys.get(), nowMs);
    if (key === undefined)
      throw new UrrError('UNAVAILABLE', 'there is no signing key yet; please try again', {
        retryAfterSeconds: 10,
      });
    const iat = Math.floor(nowMs / 1000);
    const exp = iat + tokenLifetimeSeconds[kind];
    const token = await new SignJWT(toClaims({ iss: deps.issuer, iat, exp }))
      .setProtectedHeader({ alg: tokenAlgorithm, kid: key.kid, typ: tokenType[kind] })
      .sign(await keyOf(key));
    return { token, expiresAtMs: exp * 1000 };
  };

  return {
    ticket: (claims) => sign('ticket', (times) => ticketClaimsSchema.parse({ ...claims, ...times })),
    pass: (claims) => sign('pass', (times) => passClaimsSchema.parse({ ...claims, ...times })),
    entry: (claims) => sign('entry', (times) => entryClaimsSchema.parse({ ...claims, ...times })),
  };
}

interface Times {
  readonly iss: string;
  readonly iat: number;
  readonly exp: number;
}

async function importPrivate(key: SigningKey): Promise<CryptoKey> {
  const imported = await importJWK({ ...key.privateJwk }, tokenAlgorithm);
  if (imported instanceof Uint8Array) throw new UrrError('INTERNAL', `signing key ${key.kid} is not usable`);
  return imported;
}
