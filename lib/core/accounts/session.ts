import { refreshOverlapSeconds } from '#contract/accounts.ts';

/**
 * A sign-in session as stored. `seq` counts refreshes: only the refresh cookie with the stored number is accepted, so each
 * cookie works once, also with a provider that does not rotate refresh tokens.
 */
export interface Session {
  readonly seq: number;
  readonly rotatedAtMs: number;
  readonly expiresAtMs: number;
}

/**
 * Cause of a refused refresh, whose number is not the stored one.
 *
 * ended: the session was signed out, has expired, or ended after a reuse. The user signs in again.
 * overlap: another tab refreshed a moment ago. No tokens are returned; the browser has the new cookies already.
 * reused: a refresh token was used twice, so a copy exists. The session ends.
 */
type StaleRefresh = 'ended' | 'overlap' | 'reused';

export function judgeStaleRefresh(session: Session | undefined, seq: number, nowMs: number): StaleRefresh {
  if (session === undefined || session.expiresAtMs <= nowMs) return 'ended';
  const isPrevious = seq === session.seq - 1;
  const sinceRotationMs = nowMs - session.rotatedAtMs;
  return isPrevious && sinceRotationMs < refreshOverlapSeconds * 1000 ? 'overlap' : 'reused';
}
