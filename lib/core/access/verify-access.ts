import { decodeProtectedHeader, errors, type JWTVerifyGetKey, jwtVerify } from 'jose';
import {
  accessClaimsSchema,
  accessHeaderSchema,
  accessTokenAlgorithm,
  accessTokenLengthMax,
  accessTokenSkewSeconds,
  type SignedInUser,
} from '#contract/access-token.ts';

/** Returns the account of an access token. */
export interface SignIn {
  /**
   * Returns undefined without a token, and for one that has expired or that the issuer did not issue to this client.
   * @throws UrrError UNAVAILABLE if no key of the issuer has been fetched yet
   */
  userOf(accessToken: string | undefined): Promise<SignedInUser | undefined>;
}

/** The trusted OpenID provider. */
export interface Issuer {
  /** `iss`: the user pool's URL. */
  readonly issuer: string;
  readonly clientId: string;
  readonly keys: JWTVerifyGetKey;
}

/**
 * Returns the account of an access token; undefined if the token is not valid. The algorithm is fixed (RFC 8725 3.1).
 */
export async function verifyAccess(
  text: string,
  { issuer, clientId, keys }: Issuer,
  nowMs: number,
): Promise<SignedInUser | undefined> {
  if (text.length > accessTokenLengthMax || !isHeaderOfAccess(text)) return undefined;
  try {
    const { payload } = await jwtVerify(text, keys, {
      algorithms: [accessTokenAlgorithm],
      issuer,
      requiredClaims: ['exp', 'iat'],
      clockTolerance: accessTokenSkewSeconds,
      currentDate: new Date(nowMs),
    });
    return userOfClaims(payload, clientId);
  } catch (error) {
    if (error instanceof errors.JOSEError) return undefined;
    throw error;
  }
}

/** Without this check jose would verify a token without a key id with the only key. */
function isHeaderOfAccess(text: string): boolean {
  try {
    return accessHeaderSchema.safeParse(decodeProtectedHeader(text)).success;
  } catch {
    return false;
  }
}

/** Returns undefined for an id token (`token_use`) and for a token of another client. */
function userOfClaims(claims: unknown, clientId: string): SignedInUser | undefined {
  const parsed = accessClaimsSchema.safeParse(claims).data;
  if (parsed?.client_id !== clientId) return undefined;
  // Cognito's access tokens have no `aud`. If another issuer sets it, it must contain this client.
  if (![parsed.aud ?? clientId].flat().includes(clientId)) return undefined;
  const { sub, exp, origin_jti: session, 'cognito:groups': groups = [] } = parsed;
  return { sub, groups, expiresAtMs: exp * 1000, ...(session === undefined ? {} : { session }) };
}
