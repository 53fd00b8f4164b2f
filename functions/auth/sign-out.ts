import type { SignOutAnswer } from '#contract/accounts.ts';
import { refreshCookie } from '#contract/tokens.ts';
import { accessTokenOf, cookie, type HttpRequest, type HttpResponse, json } from '../shared/http.ts';
import { clearSignIn, clearTransaction } from './cookies.ts';
import type { AuthDeps } from './deps.ts';
import { endAccess } from './end-access.ts';

/** POST sign-out: the session ends here first, whatever the provider responds, then at the provider. */
export async function signOut(deps: AuthDeps, request: HttpRequest): Promise<HttpResponse> {
  const sealed = cookie(request, refreshCookie);
  const shown = sealed === undefined ? undefined : await deps.refreshes.open(sealed);
  const user = await deps.signIn.userOf(accessTokenOf(request)).catch(() => undefined);
  await endAccess(deps, shown?.accessSession ?? user?.session);
  if (shown !== undefined) {
    await deps.sessions.end(shown.sessionId);
    await deps.provider.revoke(shown.refreshToken);
  }
  const redirectTo = await deps.provider.signOutUrl().catch(() => '/');
  return json(200, { redirectTo } satisfies SignOutAnswer, { cookies: [...clearSignIn, clearTransaction] });
}
