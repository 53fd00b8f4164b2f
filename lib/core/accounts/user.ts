import { accessClaimsSchema, type SignedInUser } from '#contract/accounts.ts';

/**
 * Returns the user of an access token from claims whose signature, issuer and expiry are verified. Undefined: it is not an
 * access token (`token_use` tells an id token apart), or it was issued to another client.
 */
export function userOfClaims(claims: unknown, clientId: string): SignedInUser | undefined {
  const parsed = accessClaimsSchema.safeParse(claims);
  if (!parsed.success) return undefined;
  const { sub, client_id, aud, origin_jti: session, 'cognito:groups': groups = [] } = parsed.data;
  if (client_id !== clientId) return undefined;
  // Cognito's access tokens have no `aud`. Where an issuer sets it, it must name this client.
  if (aud !== undefined && aud !== clientId && !(Array.isArray(aud) && aud.includes(clientId)))
    return undefined;
  return { sub, groups, ...(session === undefined ? {} : { session }) };
}
