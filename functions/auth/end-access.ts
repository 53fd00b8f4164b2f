import { createHash } from 'node:crypto';
import type { AuthDeps } from './deps.ts';

/** A name for the log, or for a list that anyone may read: it gives nothing away and compares. */
export const hashOf = (text: string): string => createHash('sha256').update(text).digest('base64url');

/**
 * Ends the access tokens of a sign-in at the workers, within seconds instead of their five minutes. Never throws: the
 * session itself has ended, and nobody stays signed in because this list cannot be written.
 */
export async function endAccess(
  { endedSessions, telemetry, nowMs }: Pick<AuthDeps, 'endedSessions' | 'telemetry' | 'nowMs'>,
  accessSession: string | undefined,
): Promise<void> {
  if (accessSession === undefined) return;
  try {
    await endedSessions.end(hashOf(accessSession), nowMs());
  } catch (error) {
    telemetry.error('access tokens live on until they expire', error, { session: hashOf(accessSession) });
  }
}
