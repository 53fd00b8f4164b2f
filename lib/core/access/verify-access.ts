import { decodeProtectedHeader, errors, type JWTVerifyGetKey, jwtVerify } from 'jose';
import {
  accessClaimsSchema,
  accessHeaderSchema,
  accessTokenAlgorithm,
  accessTokenLengthMax,
  accessTokenSkewSeconds,
  type SignedInUser,
} from '#contract/access-token.ts';

/** Says which account an access token is of. */
export interface SignIn {
  /**
   * Undefined: no token, or not one that the issuer gave to this client and that still lives.
   * @throws UrrError UNAVAILABLE when no key of the issuer was ever fetched.
   */
  userOf(accessToken: string | undefined): Promise<SignedInUser | undefined>;
}

/** The OpenID provider whose word counts. */
export interface Issuer {
  /** `iss`: the user pool's URL. */
  readonly issuer: string;
  readonly clientId: string;
  readonly keys: JWTVerifyGetKey;
}

/** The account of an access token; undefined for a token that proves nothing. The algorithm is fixed (RFC 8725 3.1). */
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

/** jose would try the only key there is on a token that names none. */
function isHeaderOfAccess(text: string): boolean {
  try {
    return accessHeaderSchema.safeParse(decodeProtectedHeader(text)).success;
  } catch {
    return false;
  }
}

/** Undefined for an id token (`token_use`) and for a token of another client. */
function userOfClaims(claims: unknown, clientId: string): SignedInUser | undefined {
  const parsed = accessClaimsSchema.safeParse(claims).data;
  if (parsed?.client_id !== clientId) return undefined;
  // Cognito sends no `aud` on access tokens; an issuer that does must mean us.
  if (![parsed.aud ?? clientId].flat().includes(clientId)) return undefined;
  const { sub, exp, origin_jti: session, 'cognito:groups': groups = [] } = parsed;
  return { sub, groups, expiresAtMs: exp * 1000, ...(session === undefined ? {} : { session }) };
}
