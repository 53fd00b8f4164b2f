import type { EndedSessions } from '#core/accounts/ports.ts';
import type { Telemetry } from '../shared/telemetry.ts';

/** Every worker applies a sign-out within this time and the time of one read. */
export const endedSessionsEveryMs = 2_000;

/**
 * The ended sessions, read once for all requests. While the table is unavailable, the last list stays. An access token
 * whose session is missing from the list stays valid for its five minutes.
 */
export class RecentlyEnded {
  readonly #deps: {
    readonly endedSessions: Pick<EndedSessions, 'recent'>;
    readonly telemetry: Telemetry;
    readonly nowMs: () => number;
  };
  #ended: ReadonlySet<string> = new Set();

  constructor(deps: {
    readonly endedSessions: Pick<EndedSessions, 'recent'>;
    readonly telemetry: Telemetry;
    readonly nowMs: () => number;
  }) {
    this.#deps = deps;
  }

  has(sessionHash: string | undefined): boolean {
    return sessionHash !== undefined && this.#ended.size > 0 && this.#ended.has(sessionHash);
  }

  /** Never throws. */
  async refresh(): Promise<void> {
    const { endedSessions, telemetry, nowMs } = this.#deps;
    try {
      this.#ended = await endedSessions.recent(nowMs());
    } catch (error) {
      telemetry.error('ended sessions could not be read', error);
    }
  }
}
