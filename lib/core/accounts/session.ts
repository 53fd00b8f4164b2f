import { refreshOverlapSeconds } from '#contract/accounts.ts';

/**
 * A sign-in session as it is stored. `seq` counts refreshes: only the refresh cookie that carries the stored number
 * works, so every one works once, whatever the provider does about it.
 */
export interface Session {
  readonly seq: number;
  readonly rotatedAtMs: number;
  readonly expiresAtMs: number;
}

/**
 * What an attempt to refresh means when the stored session did not carry the presented number.
 *
 * ended: signed out, expired, or ended by a reuse; sign in again.
 * overlap: another tab refreshed a moment ago; give nothing, the new cookies are there already.
 * reused: a refresh token came back after its use: someone has a copy, so nobody keeps the session.
 */
export type StaleRefresh = 'ended' | 'overlap' | 'reused';

export function judgeStaleRefresh(session: Session | undefined, seq: number, nowMs: number): StaleRefresh {
  if (session === undefined || session.expiresAtMs <= nowMs) return 'ended';
  const isPrevious = seq === session.seq - 1;
  const sinceRotationMs = nowMs - session.rotatedAtMs;
  return isPrevious && sinceRotationMs < refreshOverlapSeconds * 1000 ? 'overlap' : 'reused';
}
