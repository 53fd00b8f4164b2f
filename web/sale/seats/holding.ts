import type { PagePorts } from '../../shared/page-ports.ts';
import { endingMs } from './sale-view.ts';

/** Timers of a hold: its last minute and its end. */
export interface Holding {
  /** @param endsAtMs by this machine's clock */
  start(endsAtMs: number): void;
  /** Compares with the clock: the machine may have slept through a timer. */
  check(): void;
  stop(): void;
}

/** Longest timer: browsers run a longer one at once. */
const waitMaxMs = 2 ** 31 - 1;

export function createHolding(
  ports: Pick<PagePorts, 'nowMs' | 'later'>,
  /** `lastMinute` may be called again when the machine wakes. */
  on: { lastMinute(): void; expired(): void },
): Holding {
  let endsAtMs: number | null = null;
  let cancel: () => void = () => {};

  function check(): void {
    cancel();
    if (endsAtMs === null) return;
    const leftMs = endsAtMs - ports.nowMs();
    if (leftMs <= 0) {
      endsAtMs = null;
      on.expired();
      return;
    }
    if (leftMs <= endingMs) on.lastMinute();
    cancel = ports.later(check, Math.min(waitMaxMs, leftMs > endingMs ? leftMs - endingMs : leftMs));
  }

  return {
    start(atMs) {
      endsAtMs = atMs;
      check();
    },
    check,
    stop() {
      endsAtMs = null;
      cancel();
    },
  };
}
