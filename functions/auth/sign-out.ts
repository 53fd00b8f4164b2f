import { refreshCookie } from '#contract/tokens.ts';
import { clearSignIn, clearTransaction, cookieValue } from './cookies.ts';
import type { AuthAnswer, AuthDeps, AuthRequest } from './deps.ts';

/** POST sign-out: the session ends here whatever the provider says, then there. */
export async function signOut(deps: AuthDeps, request: AuthRequest): Promise<AuthAnswer> {
  const sealed = cookieValue(request.cookies, refreshCookie);
  const shown = sealed === undefined ? undefined : await deps.refreshes.open(sealed);
  if (shown !== undefined) {
    await deps.sessions.end(shown.sessionId);
    await deps.provider.revoke(shown.refreshToken);
  }
  const redirectTo = await deps.provider.signOutUrl().catch(() => '/');
  return { status: 200, body: { redirectTo }, cookies: [...clearSignIn, clearTransaction] };
}
