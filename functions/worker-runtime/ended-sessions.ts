import type { EndedSessions } from '#core/accounts/ports.ts';
import type { Telemetry } from '../shared/telemetry.ts';

/** A sign-out is seen by every worker within this, besides the time that the reading takes. */
export const endedSessionsEveryMs = 2_000;

/**
 * The sessions that have ended, read for all requests together. While the table is away, the last list stays: an access
 * token then lives its five minutes, as without this list.
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
