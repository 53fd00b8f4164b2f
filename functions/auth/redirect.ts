import { type SignInProblem, signInPage } from '#contract/accounts.ts';
import type { HttpResponse } from '../shared/http.ts';

/** Sends the browser on by GET. No cache keeps it, and no address with a code in it leaves in a Referer. */
export const redirect = (location: string, cookies: readonly string[] = []): HttpResponse => ({
  statusCode: 303,
  headers: { location, 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' },
  ...(cookies.length > 0 ? { cookies: [...cookies] } : {}),
  body: '',
});

/** To our sign-in page, which says what happened and offers to try again. */
export const toSignInPage = (problem: SignInProblem, cookies: readonly string[] = []): HttpResponse =>
  redirect(`${signInPage}?problem=${problem}`, cookies);
