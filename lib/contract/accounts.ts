import { z } from 'zod';
import { userSubjectSchema } from './access-token.ts';

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

/** Address of an issuer's keys, for Cognito and for the local issuer. */
export const jwksUrl = (issuer: string) => `${issuer}/.well-known/jwks.json`;

/** Group of the administrators, who may change the limit. */
export const adminGroup = 'urr-admin';

const meAnswerSchema = z.strictObject({
  user: z.strictObject({
    sub: userSubjectSchema,
    email: z.email().optional(),
    groups: z.array(z.string()),
  }),
});
export type MeAnswer = z.infer<typeof meAnswerSchema>;

export interface RefreshAnswer {
  /** Lifetime of the access cookie. */
  readonly expiresInSeconds: number;
}
export interface SignOutAnswer {
  /** Address that ends the provider's session too; the page redirects to it. */
  readonly redirectTo: string;
}

/**
 * Two tabs may refresh at the same time with the same cookie. Within this time the later request gets 409 and no tokens,
 * because the browser has the cookies of the first one. After it, an old refresh token means that a copy exists, and the
 * session ends.
 */
export const refreshOverlapSeconds = 10;
