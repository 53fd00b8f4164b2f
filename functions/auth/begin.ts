import { randomBytes } from 'node:crypto';
import { transactionLifetimeSeconds } from '#contract/accounts.ts';
import { parseReturnTo } from '#core/accounts/return-to.ts';
import { UrrError } from '#core/errors.ts';
import type { HttpRequest, HttpResponse } from '../shared/http.ts';
import { setTransaction } from './cookies.ts';
import type { AuthDeps } from './deps.ts';
import { redirect } from './redirect.ts';

/** GET sign-in: redirects to the provider's form, and seals the secrets of this sign-in into a cookie of the browser. */
export async function begin(deps: AuthDeps, request: HttpRequest): Promise<HttpResponse> {
  const query = new URLSearchParams(request.rawQueryString);
  const wanted = query.getAll('returnTo');
  const returnTo =
    wanted.length === 0 ? '/' : wanted.length === 1 ? parseReturnTo(wanted[0] ?? '') : undefined;
  if (returnTo === undefined)
    throw new UrrError('BAD_REQUEST', 'returnTo must be the path of a page of this site');
  const lang = query.get('lang');
  const language = lang === 'ko' || lang === 'en' ? lang : undefined;

  const { url, secrets } = await deps.provider.begin(language);
  const transactionId = randomBytes(32).toString('base64url');
  const sealed = await deps.transactions.seal(
    { transactionId, returnTo, ...secrets },
    deps.nowMs() + transactionLifetimeSeconds * 1000,
  );
  return redirect(url, [setTransaction(sealed, transactionLifetimeSeconds)]);
}
