import { accessClaimsSchema, type SignedInUser } from '#contract/accounts.ts';

/**
 * The user an access token speaks of, from claims whose signature, issuer and expiry were verified; undefined if it is
 * no access token (an id token says so in `token_use`) or was given to another client.
 */
export function userOfClaims(claims: unknown, clientId: string): SignedInUser | undefined {
  const parsed = accessClaimsSchema.safeParse(claims);
  if (!parsed.success) return undefined;
  const { sub, client_id, aud, origin_jti: session, 'cognito:groups': groups = [] } = parsed.data;
  if (client_id !== clientId) return undefined;
  // Cognito sends no `aud` on access tokens; an issuer that does must mean us.
  if (aud !== undefined && aud !== clientId && !(Array.isArray(aud) && aud.includes(clientId)))
    return undefined;
  return { sub, groups, ...(session === undefined ? {} : { session }) };
}
