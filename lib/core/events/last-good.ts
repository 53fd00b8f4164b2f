import type { UrrEvent } from '#contract/event.ts';

/** What an unusable item still says with certainty. */
export interface Stops {
  /** 0: not readable. */
  readonly generation: number;
  /** 0: not readable. */
  readonly revision: number;
  readonly isLive: boolean;
  readonly isDraft: boolean;
  readonly isPaused: boolean;
  readonly isSoldOut: boolean;
}

/**
 * How an event goes on while its item is unusable: as it was last usable, but for what stops it. A pause, an end or a
 * reset counts at once, because an organizer may need it just then, and no older generation comes back: its passes
 * stay refused. What lets people in needs a usable item.
 */
export function runOn(lastGood: UrrEvent, stops: Stops): UrrEvent {
  return {
    ...lastGood,
    generation: Math.max(lastGood.generation, stops.generation),
    revision: Math.max(lastGood.revision, stops.revision),
    onSale: stops.isLive ? lastGood.onSale : undefined,
    isDraft: lastGood.isDraft || stops.isDraft,
    isPaused: lastGood.isPaused || stops.isPaused,
    isSoldOut: lastGood.isSoldOut || stops.isSoldOut,
  };
}
