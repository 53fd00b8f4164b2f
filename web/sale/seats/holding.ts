import type { PagePorts } from '../../shared/page-ports.ts';
import { endingMs } from './sale-view.ts';

/** The two moments of a hold that matter. */
export interface Holding {
  /** By this machine's clock. */
  until(endsAtMs: number): void;
  /** The machine may have slept through them. */
  look(): void;
  stop(): void;
}

/** Longest single wait: browsers count a longer one as none. */
const waitMaxMs = 2 ** 31 - 1;

export function createHolding(
  ports: Pick<PagePorts, 'nowMs' | 'later'>,
  /** `ending` may be said again when the machine wakes. */
  on: { ending(): void; over(): void },
): Holding {
  let endsAtMs: number | null = null;
  let cancel: () => void = () => {};

  function look(): void {
    cancel();
    if (endsAtMs === null) return;
    const leftMs = endsAtMs - ports.nowMs();
    if (leftMs <= 0) {
      endsAtMs = null;
      on.over();
      return;
    }
    if (leftMs <= endingMs) on.ending();
    cancel = ports.later(look, Math.min(waitMaxMs, leftMs > endingMs ? leftMs - endingMs : leftMs));
  }

  return {
    until(atMs) {
      endsAtMs = atMs;
      look();
    },
    look,
    stop() {
      endsAtMs = null;
      cancel();
    },
  };
}
