import { z } from 'zod';

/**
 * Sign-in. Paths behind CloudFront `/api/v1/auth/*`, on the HTTP API, functions/auth.
 *
 * GET  /api/v1/auth/sign-in?returnTo=/queue/x&lang=ko   to the provider's form (authorization code, PKCE S256)
 * GET  /api/v1/auth/callback                            back from it: sets the cookies, goes on to returnTo
 * POST /api/v1/auth/refresh                             new cookies; a refresh token works once
 * POST /api/v1/auth/sign-out                            forgets the session, clears the cookies
 * GET  /api/v1/auth/me                                  who is signed in, or 401 NOT_SIGNED_IN
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

/** A sign-in under way (state, nonce, PKCE verifier, where to go on): sealed, HttpOnly, Lax, cleared by the callback. */
export const transactionCookie = '__Host-urr-sign-in';
/** From the click to the callback, the form and a verification e-mail between them. */
export const transactionLifetimeSeconds = 15 * 60;

/** The only signature accepted on tokens of the OpenID provider: Cognito signs with RS256 and nothing else. */
export const accessTokenAlgorithm = 'RS256';
/** A browser keeps cookies of up to 4,096 bytes, name and attributes included (RFC 6265bis). */
export const accessTokenLengthMax = 3800;
/** Where an issuer publishes its keys: Cognito's place, and the local issuer's. */
export const jwksUrl = (issuer: string) => `${issuer}/.well-known/jwks.json`;

/** Group of those who may operate the line (threshold, advance). */
export const adminGroup = 'urr-admin';

/** A subject of the provider: the part of contract/tokens' `u.<sub>` after the prefix. */
export const userSubjectSchema = z.string().regex(/^[\x21-\x7e]{1,255}$/);

/**
 * What URR reads of an access token, in Cognito's shape. Unlike our own tokens it carries claims that are none of our
 * business, so this is not a strict object.
 */
export const accessClaimsSchema = z.object({
  iss: z.string().min(1),
  sub: userSubjectSchema,
  token_use: z.literal('access'),
  client_id: z.string().min(1).max(128),
  aud: z.union([z.string(), z.array(z.string()).max(16)]).optional(),
  exp: z.number(),
  /** Names the sign-in: the same in every access token that its refreshes bring. */
  origin_jti: z.string().min(1).max(128).optional(),
  'cognito:groups': z.array(z.string().min(1).max(128)).max(100).optional(),
});
export type AccessClaims = z.infer<typeof accessClaimsSchema>;

/** Who is signed in, as workers and Lambdas see it. */
export interface SignedInUser {
  readonly sub: string;
  readonly groups: readonly string[];
  /** Names the sign-in that the token came from; undefined: the provider does not say. */
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
  /** The access cookie lives this long. */
  expiresInSeconds: z.int().min(0),
});
export const signOutAnswerSchema = z.strictObject({
  /** Ends the session at the provider too; the page goes there. */
  redirectTo: z.string(),
});

/**
 * Two tabs may refresh at the same moment with the same cookie. Within this time the later one is answered 409 and gets
 * nothing (the cookies of the first are in the jar by then); after it, an old refresh token means that it was copied,
 * and the whole session ends.
 */
export const refreshOverlapSeconds = 10;
