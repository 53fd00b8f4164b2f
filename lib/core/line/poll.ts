import type { EventState } from '#contract/event.ts';

/**
 * Time until a waiting page polls again. Pure: the page passes the time and a random number. Imports types only, because
 * it runs in the browser, where a schema library would be larger than the page.
 */
export interface PollBand {
  readonly aheadMax: number | null;
  readonly seconds: number;
}

export interface PollSituation {
  /** Null: not known yet. */
  readonly peopleAhead: number | null;
  readonly state: EventState;
  /** Until the opening, by the server's clock; null: no opening is announced. */
  readonly msUntilOpening: number | null;
  /** Consecutive polls without a usable response. */
  readonly failures: number;
  /** Retry-After of the last response; null: none. */
  readonly retryAfterSeconds: number | null;
}

/** Every delay varies by ± this share, so that neighbours in the line do not poll in step. */
export const jitterShare = 0.2;
/** Delay after the first failure; each further failure doubles it. */
export const backoffBaseMs = 2_000;
/** Longest delay after failures: a page recovers within this time when its network is back. */
export const backoffCapMs = 30_000;
/** Longest Retry-After that is obeyed: a larger one may be a proxy's mistake. */
export const retryAfterCapSeconds = 300;
/** Least time between two requests, whatever triggers them (visibility, network, a press). */
export const pollGapMinMs = 2_000;
/** Least time between two polls of a paused line. */
const pausedSeconds = 5;
/** Used when a document has no usable band: the slowest of C1. */
const fallbackSeconds = 15;

/** Poll interval of a visitor with this many people ahead; null counts as the back of the line. */
export function bandSeconds(bands: readonly PollBand[], peopleAhead: number | null): number {
  const band = bands.find(({ aheadMax }) => aheadMax === null || (peopleAhead ?? Infinity) <= aheadMax);
  return band?.seconds ?? slowestSeconds(bands);
}

/**
 * Milliseconds to wait before the next request.
 *
 * @param dice a number from 0 (included) to 1 (excluded)
 */
export function pollDelayMs(situation: PollSituation, bands: readonly PollBand[], dice: number): number {
  const spread = 1 - jitterShare + 2 * jitterShare * dice;
  if (situation.retryAfterSeconds !== null) {
    // Never earlier than Retry-After, and up to two shares later, so that refused pages do not return all at once.
    const askedMs = Math.min(situation.retryAfterSeconds, retryAfterCapSeconds) * 1000;
    return Math.max(pollGapMinMs, Math.round(askedMs * (1 + 2 * jitterShare * dice)));
  }
  if (situation.failures > 0) {
    const grownMs = backoffBaseMs * 2 ** Math.min(situation.failures - 1, 10);
    return Math.round(Math.min(grownMs, backoffCapMs) * spread);
  }
  return Math.max(pollGapMinMs, Math.round(quietDelayMs(situation, bands) * spread));
}

function quietDelayMs(situation: PollSituation, bands: readonly PollBand[]): number {
  const bandMs = bandSeconds(bands, situation.peopleAhead) * 1000;
  const slowestMs = slowestSeconds(bands) * 1000;
  switch (situation.state) {
    case 'upcoming':
      // Nobody is called before the opening, so even the front polls slowly until it is near.
      return Math.max(bandMs, Math.min(slowestMs, situation.msUntilOpening ?? slowestMs));
    case 'paused':
      // The line may continue at any moment, so the front still polls often.
      return Math.max(bandMs, pausedSeconds * 1000);
    case 'sold-out':
    case 'closed':
    case 'inactive':
    case 'draft':
      return slowestMs;
    case 'open':
      return bandMs;
  }
}

function slowestSeconds(bands: readonly PollBand[]): number {
  return bands.reduce((slowest, band) => Math.max(slowest, band.seconds), 0) || fallbackSeconds;
}
