import type { UrrEvent } from '#contract/event.ts';

/** Flags and numbers that can still be read from an unusable item. */
export interface StopFlags {
  /** 0: unreadable. */
  readonly generation: number;
  /** 0: unreadable. */
  readonly revision: number;
  readonly isLive: boolean;
  readonly isDraft: boolean;
  readonly isPaused: boolean;
  readonly isSoldOut: boolean;
}

/**
 * Returns the state of an event while its item is unusable: the last usable state, plus the flags of the item that stop the
 * event. A pause, an end or a reset takes effect at once, because an organizer may need it then. An older generation never
 * returns, so its passes stay refused. A change that admits people needs a usable item.
 */
export function applyStopFlags(lastGood: UrrEvent, stops: StopFlags): UrrEvent {
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
