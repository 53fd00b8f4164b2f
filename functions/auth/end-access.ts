import { sha256 } from '#core/access/subject.ts';
import type { AuthDeps } from './deps.ts';

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
    await endedSessions.end(sha256(accessSession), nowMs());
  } catch (error) {
    telemetry.error(
      'the end of a sign-in was not stored; its access tokens stay valid until they expire',
      error,
      { session: sha256(accessSession) },
    );
  }
}
