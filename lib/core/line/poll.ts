import type { EventState } from '#contract/event.ts';

/**
 * When a waiting page asks again. Pure: the page gives the clock's and the dice's values. Imports types only, because
 * it runs in the browser, where a schema library would outweigh the page.
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
  /** Answers in a row that did not come or were refused. */
  readonly failures: number;
  /** What the last refusal's Retry-After asked for; null: nothing. */
  readonly retryAfterSeconds: number | null;
}

/** Neighbours in the line must not ask in step: every wait is spread by this share, to both sides. */
export const jitterShare = 0.2;
/** First repeat after a failure; doubles with each further one. */
export const backoffBaseMs = 2_000;
/** A phone that comes back out of a tunnel should not look dead for longer than this. */
export const backoffCapMs = 30_000;
/** A server that asks for more than this is asked again anyway: the header may be a proxy's mistake. */
export const retryAfterCapSeconds = 300;
/** Least time between two requests, whatever woke the page (visibility, network, a press). */
export const pollGapMinMs = 2_000;
/** Least time between two questions in a line that stands still. */
const pausedSeconds = 5;
/** Used when a document carries no usable band: C1's slowest. */
const fallbackSeconds = 15;

/** The band of someone with this many people ahead; unknown counts as the back of the line. */
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
    // Never earlier than asked; later by up to two shares, so that all who were refused do not return as one.
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
      // Nobody is called before the opening: even the front asks slowly until it is near.
      return Math.max(bandMs, Math.min(slowestMs, situation.msUntilOpening ?? slowestMs));
    case 'paused':
      // It may move again at any moment, and the front should not be the last to know.
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
