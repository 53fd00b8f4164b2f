import { type SignInProblem, signInPage } from '#contract/accounts.ts';
import type { HttpResponse } from '../shared/http.ts';

/** Redirects the browser to a GET. No cache keeps it, and no Referer discloses an address with a code in it. */
export const redirect = (location: string, cookies: readonly string[] = []): HttpResponse => ({
  statusCode: 303,
  headers: { location, 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' },
  ...(cookies.length > 0 ? { cookies: [...cookies] } : {}),
  body: '',
});

/** Redirects to the sign-in page, which shows the problem and offers to try again. */
export const toSignInPage = (problem: SignInProblem, cookies: readonly string[] = []): HttpResponse =>
  redirect(`${signInPage}?problem=${problem}`, cookies);
