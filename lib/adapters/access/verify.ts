import type { ClaimsOf, TokenKind } from '#contract/tokens.ts';
import type { PublicKeySet } from '#core/access/signing-keys.ts';
import { type TokenKeys, tokenKeysOf, verifyToken } from '#core/access/verify-token.ts';
import type { PublicKeySource } from './key-source.ts';

/**
 * Returns the claims of one of URR's tokens if it is valid for the event.
 *
 * @throws UrrError UNAVAILABLE while no key can be read
 */
export type TokenVerifier = <Kind extends TokenKind>(
  kind: Kind,
  token: string,
  eventId: string,
) => Promise<ClaimsOf[Kind] | undefined>;

export function createTokenVerifier(deps: {
  readonly keys: PublicKeySource;
  readonly issuer: string;
  readonly nowMs: () => number;
}): TokenVerifier {
  let last: { readonly set: PublicKeySet; readonly keys: TokenKeys } | undefined;
  /** Imported once per set, because importing a key costs more than using it. */
  const imported = (set: PublicKeySet): TokenKeys => {
    if (last?.set !== set) last = { set, keys: tokenKeysOf(set.keys) };
    return last.keys;
  };
  return async (kind, token, eventId) => {
    const verifyBy = (set: PublicKeySet) =>
      verifyToken(kind, token, { issuer: deps.issuer, keys: imported(set) }, deps.nowMs());
    // The source is read for each token, so a key that was removed from the set is refused.
    const first = verifyBy(await deps.keys.get());
    const verified = first.outcome === 'unknown-key' ? verifyBy(await deps.keys.refresh()) : first;
    return verified.outcome === 'valid' && verified.claims.aud === eventId ? verified.claims : undefined;
  };
}
