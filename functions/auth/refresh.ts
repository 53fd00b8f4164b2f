import type { RefreshAnswer } from '#contract/accounts.ts';
import { metrics } from '#contract/metrics.ts';
import { refreshCookie } from '#contract/tokens.ts';
import { sha256 } from '#core/access/subject.ts';
import { judgeStaleRefresh } from '#core/accounts/session.ts';
import { UrrError } from '#core/errors.ts';
import { cookie, errorResponse, type HttpRequest, type HttpResponse, json } from '../shared/http.ts';
import { clearSignIn, setAccess, setRefresh } from './cookies.ts';
import type { AuthDeps, SealedRefresh } from './deps.ts';
import { endAccess } from './end-access.ts';

const notSignedIn = (): HttpResponse => ({
  ...errorResponse(new UrrError('NOT_SIGNED_IN', 'sign in to continue')),
  cookies: clearSignIn,
});

/** POST refresh: exchanges cookies for new ones, once. The session advances first, then the provider is called. */
export async function refresh(deps: AuthDeps, request: HttpRequest): Promise<HttpResponse> {
  const sealed = cookie(request, refreshCookie);
  const shown = sealed === undefined ? undefined : await deps.refreshes.open(sealed);
  if (shown === undefined) return notSignedIn();

  const nowMs = deps.nowMs();
  const rotated = await deps.sessions.rotate(shown.sessionId, shown.seq, nowMs);
  if (rotated.kind === 'stale') {
    const verdict = judgeStaleRefresh(rotated.session, shown.seq, nowMs);
    if (verdict === 'overlap')
      throw new UrrError('CONFLICT', 'another tab has just refreshed this sign-in; try again', {
        retryAfterSeconds: 1,
      });
    if (verdict === 'reused') await endReused(deps, shown);
    return notSignedIn();
  }

  const next: SealedRefresh = { ...shown, seq: shown.seq + 1 };
  try {
    return await exchange(deps, next);
  } catch (error) {
    if (!(error instanceof UrrError) || error.code !== 'UNAVAILABLE') throw error;
    // The old cookie is used up, the provider's token probably not: the next cookie carries the same token.
    return { ...errorResponse(error), cookies: [await sealedCookie(deps, next)] };
  }
}

async function exchange(deps: AuthDeps, next: SealedRefresh): Promise<HttpResponse> {
  const answer = await deps.provider.refresh(next.refreshToken);
  const tokens = answer.kind === 'tokens' ? answer.tokens : undefined;
  const user = await deps.signIn.userOf(tokens?.accessToken);
  if (tokens === undefined || user?.sub !== next.sub) {
    await deps.sessions.end(next.sessionId);
    return notSignedIn();
  }
  const renewed = { ...next, refreshToken: tokens.refreshToken ?? next.refreshToken };
  return json(200, { expiresInSeconds: tokens.expiresInSeconds } satisfies RefreshAnswer, {
    cookies: [setAccess(tokens.accessToken, tokens.expiresInSeconds), await sealedCookie(deps, renewed)],
  });
}

const sealedCookie = async (deps: AuthDeps, refreshed: SealedRefresh) =>
  setRefresh(
    await deps.refreshes.seal(refreshed, refreshed.expiresAtMs),
    (refreshed.expiresAtMs - deps.nowMs()) / 1000,
  );

/**
 * A reused refresh token means that a copy exists. The session ends, because the owner and the holder of the copy cannot
 * be told apart.
 */
async function endReused(deps: AuthDeps, shown: SealedRefresh): Promise<void> {
  await deps.sessions.end(shown.sessionId);
  await endAccess(deps, shown.accessSession);
  deps.telemetry.count(metrics.refreshReused);
  deps.telemetry.warn('a refresh token came back after its use; its session has ended', {
    session: sha256(shown.sessionId),
    account: sha256(shown.sub),
  });
  await deps.provider.revoke(shown.refreshToken);
}
