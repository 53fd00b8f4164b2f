import { pollDelayMs } from '#core/line/poll.ts';
import type { Refusal } from './api.ts';

/** What slows a page down after a failure. */
export interface Backoff {
  /** Failed requests in a row. */
  readonly failures: number;
  /** Retry-After of the last response; null: none. */
  readonly retryAfterSeconds: number | null;
}

/** Counts the failures of one poller. */
export function createBackoff() {
  let state: Backoff = { failures: 0, retryAfterSeconds: null };
  return {
    state: () => state,
    succeed(): void {
      state = { failures: 0, retryAfterSeconds: null };
    },
    fail(refusal: Refusal): void {
      const retryAfterSeconds = refusal.kind === 'refused' ? refusal.retryAfterSeconds : null;
      state = { failures: state.failures + 1, retryAfterSeconds };
    },
    /** Slows the polls down after responses that arrive but contradict each other. */
    setFailures(failures: number): void {
      state = { ...state, failures };
    },
    /** The server sent Retry-After: neither a visible tab nor a restored network may shorten the pause. */
    isPaused: () => state.retryAfterSeconds !== null,
    /** From the second failure: one lost request is common on a phone and would only alarm the visitor. */
    isWorthShowing: () => state.failures > 1,
  };
}

/**
 * Delay until the next request of a page whose place in the line does not count.
 *
 * @param intervalSeconds the server's interval, which applies when there was no failure
 * @default the poll rule's slowest interval
 */
export const backoffDelayMs = (backoff: Backoff, dice: number, intervalSeconds?: number): number =>
  pollDelayMs(
    { peopleAhead: null, state: 'open', msUntilOpening: null, ...backoff },
    intervalSeconds === undefined ? [] : [{ aheadMax: null, seconds: intervalSeconds }],
    dice,
  );
