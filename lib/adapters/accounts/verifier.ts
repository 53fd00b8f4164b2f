import { errors, type JWTVerifyGetKey, jwtVerify } from 'jose';
import { accessTokenAlgorithm, accessTokenLengthMax, type SignedInUser } from '#contract/accounts.ts';
import { userOfClaims } from '#core/accounts/user.ts';
import { signInKeys } from './keys.ts';

/** Who is signed in, by access token. Used by the Lambdas and by the workers. */
export interface SignIn {
  /**
   * The user of an access token (the value of `__Host-urr-access`), or undefined: no token, or not one that this issuer
   * gave to this client and that is still good.
   * @throws UrrError UNAVAILABLE when no key of the issuer was ever fetched.
   */
  userOf(accessToken: string | undefined): Promise<SignedInUser | undefined>;
}

export interface SignInOptions {
  /** `iss`: the user pool's URL. */
  readonly issuer: string;
  readonly clientId: string;
  readonly nowMs?: () => number;
  /** @default the issuer's, fetched and kept */
  readonly keys?: JWTVerifyGetKey;
}

/** Clocks of Lambda, Fargate and Cognito are kept by the same service; a token lives five minutes. */
const skewSeconds = 5;

export function makeSignIn(options: SignInOptions): SignIn {
  const nowMs = options.nowMs ?? Date.now;
  const keys = options.keys ?? signInKeys({ issuer: options.issuer, nowMs });
  return {
    async userOf(accessToken) {
      if (accessToken === undefined || accessToken === '' || accessToken.length > accessTokenLengthMax)
        return undefined;
      try {
        const { payload } = await jwtVerify(accessToken, keys, {
          algorithms: [accessTokenAlgorithm],
          issuer: options.issuer,
          requiredClaims: ['exp', 'sub'],
          clockTolerance: skewSeconds,
          currentDate: new Date(nowMs()),
        });
        return userOfClaims(payload, options.clientId);
      } catch (error) {
        if (error instanceof errors.JOSEError) return undefined;
        throw error;
      }
    },
  };
}
