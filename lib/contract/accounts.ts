import { z } from 'zod';

/**
 * Sign-in. Paths behind CloudFront `/api/v1/auth/*`, on the HTTP API, functions/auth.
 *
 * GET  /api/v1/auth/sign-in?returnTo=/queue/x&lang=ko   to the provider's form (authorization code, PKCE S256)
 * GET  /api/v1/auth/callback                            back from the form: sets the cookies, redirects to returnTo
 * POST /api/v1/auth/refresh                             new cookies; a refresh token works once
 * POST /api/v1/auth/sign-out                            ends the session, clears the cookies
 * GET  /api/v1/auth/me                                  the signed-in user, or 401 NOT_SIGNED_IN
 */
export const authPath = '/api/v1/auth';
export const authPaths = {
  signIn: `${authPath}/sign-in`,
  callback: `${authPath}/callback`,
  refresh: `${authPath}/refresh`,
  signOut: `${authPath}/sign-out`,
  me: `${authPath}/me`,
} as const;

/** Page that a failed sign-in returns to, as `/sign-in?problem=…`. */
export const signInPage = '/sign-in';
export const signInProblems = ['expired', 'refused', 'failed', 'unavailable'] as const;
export type SignInProblem = (typeof signInProblems)[number];

/** A sign-in under way (state, nonce, PKCE verifier, returnTo): sealed, HttpOnly, Lax, cleared by the callback. */
export const transactionCookie = '__Host-urr-sign-in';
/** From the click to the callback, including the form and a verification e-mail. */
export const transactionLifetimeSeconds = 15 * 60;

/** The only algorithm accepted on tokens of the OpenID provider: Cognito signs only with RS256. */
export const accessTokenAlgorithm = 'RS256';
/** A browser keeps cookies of up to 4,096 bytes, name and attributes included (RFC 6265bis). */
export const accessTokenLengthMax = 3800;
/** Address of an issuer's keys, for Cognito and for the local issuer. */
export const jwksUrl = (issuer: string) => `${issuer}/.well-known/jwks.json`;

/** Group of the administrators, who may change the limit. */
export const adminGroup = 'urr-admin';

/** Subject of the provider: `<sub>` of the subject `u.<sub>` in contract/tokens.ts. */
export const userSubjectSchema = z.string().regex(/^[\x21-\x7e]{1,255}$/);

/**
 * The claims of an access token that URR reads, in Cognito's shape. Not a strict object, because the provider's tokens have
 * other claims too.
 */
export const accessClaimsSchema = z.object({
  iss: z.string().min(1),
  sub: userSubjectSchema,
  token_use: z.literal('access'),
  client_id: z.string().min(1).max(128),
  aud: z.union([z.string(), z.array(z.string()).max(16)]).optional(),
  exp: z.number(),
  /** Names the sign-in; every access token of its refreshes has the same. */
  origin_jti: z.string().min(1).max(128).optional(),
  'cognito:groups': z.array(z.string().min(1).max(128)).max(100).optional(),
});
export type AccessClaims = z.infer<typeof accessClaimsSchema>;

/** The signed-in user of a request. */
export interface SignedInUser {
  readonly sub: string;
  readonly groups: readonly string[];
  /** Names the sign-in of the token; undefined: the token does not contain it. */
  readonly session?: string;
}

export const meAnswerSchema = z.strictObject({
  user: z.strictObject({
    sub: userSubjectSchema,
    email: z.email().optional(),
    groups: z.array(z.string()),
  }),
});
export type MeAnswer = z.infer<typeof meAnswerSchema>;

export const refreshAnswerSchema = z.strictObject({
  /** Lifetime of the access cookie. */
  expiresInSeconds: z.int().min(0),
});
export const signOutAnswerSchema = z.strictObject({
  /** Address that ends the provider's session too; the page redirects to it. */
  redirectTo: z.string(),
});

/**
 * Two tabs may refresh at the same time with the same cookie. Within this time the later request gets 409 and no tokens,
 * because the browser has the cookies of the first one. After it, an old refresh token means that a copy exists, and the
 * session ends.
 */
export const refreshOverlapSeconds = 10;
