import { createHash } from 'node:crypto';
import type { AuthDeps } from './deps.ts';

/** Returns a hash for the log or for a public list: it can be compared and reveals nothing. */
export const hashOf = (text: string): string => createHash('sha256').update(text).digest('base64url');

/**
 * Ends the access tokens of a sign-in at the workers within seconds, instead of their five minutes. Never throws: the
 * session itself has already ended, so a failed write delays the end by at most five minutes.
 */
export async function endAccess(
  { endedSessions, telemetry, nowMs }: Pick<AuthDeps, 'endedSessions' | 'telemetry' | 'nowMs'>,
  accessSession: string | undefined,
): Promise<void> {
  if (accessSession === undefined) return;
  try {
    await endedSessions.end(hashOf(accessSession), nowMs());
  } catch (error) {
    telemetry.error(
      'the end of a sign-in was not stored; its access tokens stay valid until they expire',
      error,
      { session: hashOf(accessSession) },
    );
  }
}
