import type { PagePorts } from '../../shared/page-ports.ts';
import { endingMs } from './sale-view.ts';

/** The two moments of a hold that matter. */
export interface Holding {
  /** By this machine's clock. */
  start(endsAtMs: number): void;
  /** The machine may have slept through them. */
  check(): void;
  stop(): void;
}

/** Longest single wait: browsers count a longer one as none. */
const waitMaxMs = 2 ** 31 - 1;

export function createHolding(
  ports: Pick<PagePorts, 'nowMs' | 'later'>,
  /** `ending` may be said again when the machine wakes. */
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
