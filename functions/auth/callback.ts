import { transactionCookie } from '#contract/accounts.ts';
import { cookie, type HttpRequest, type HttpResponse } from '../shared/http.ts';
import { clearTransaction, setAccess, setRefresh } from './cookies.ts';
import type { AuthDeps } from './deps.ts';
import { redirect, toSignInPage } from './redirect.ts';

/**
 * GET callback: exchanges the code for tokens and sets them as cookies. The session is written before the code is used, so
 * a repeated transaction (a reload, a copy) is refused here and never reaches the provider.
 */
export async function callback(deps: AuthDeps, request: HttpRequest): Promise<HttpResponse> {
  const sealed = cookie(request, transactionCookie);
  const transaction = sealed === undefined ? undefined : await deps.transactions.open(sealed);
  if (transaction === undefined) return toSignInPage('expired', [clearTransaction]);
  // A response of another or an older sign-in must not consume the one that is under way in this browser.
  if (new URLSearchParams(request.rawQueryString).get('state') !== transaction.state)
    return toSignInPage('expired');

  const nowMs = deps.nowMs();
  const sessionId = transaction.transactionId;
  const expiresAtMs = nowMs + deps.sessionSeconds * 1000;
  const isFirst = await deps.sessions.create(sessionId, { seq: 1, rotatedAtMs: nowMs, expiresAtMs });
  if (!isFirst) return toSignInPage('expired', [clearTransaction]);

  const answer = await deps.provider.finish(request.rawQueryString, transaction);
  const tokens = answer.kind === 'tokens' ? answer.tokens : undefined;
  // An access token that the workers would refuse must not become a cookie.
  const user = await deps.signIn.userOf(tokens?.accessToken);
  if (tokens?.refreshToken === undefined || user === undefined) {
    await deps.sessions.end(sessionId);
    return toSignInPage(answer.kind === 'refused' ? 'refused' : 'failed', [clearTransaction]);
  }
  const refresh = await deps.refreshes.seal(
    {
      sessionId,
      seq: 1,
      sub: user.sub,
      ...(tokens.email === undefined ? {} : { email: tokens.email }),
      refreshToken: tokens.refreshToken,
      ...(user.session === undefined ? {} : { accessSession: user.session }),
      expiresAtMs,
    },
    expiresAtMs,
  );
  return redirect(transaction.returnTo, [
    clearTransaction,
    setAccess(tokens.accessToken, tokens.expiresInSeconds),
    setRefresh(refresh, deps.sessionSeconds),
  ]);
}
