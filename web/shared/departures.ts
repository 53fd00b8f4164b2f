import type { PagePorts } from './page-ports.ts';
import type { Next } from './poller.ts';

/** Departures of this tab that are remembered: enough to tell a loop. */
const departuresMax = 5;
/** A visitor who is back here within this time did not get in. */
const sentBackWithinMs = 60_000;
const firstReturnDelayMs = 5_000;
const laterReturnDelayMs = 20_000;

/**
 * How long to wait before going to the door again. The gate may send a visitor straight back: a switch that it learns
 * seconds later, or a browser that keeps no cookies. Going at once would be a redirect loop at full speed.
 */
function departureDelayMs(departuresAtMs: readonly number[], nowMs: number): number {
  const recent = departuresAtMs.filter((atMs) => atMs <= nowMs && nowMs - atMs < sentBackWithinMs);
  if (recent.length === 0) return 0;
  return recent.length === 1 ? firstReturnDelayMs : laterReturnDelayMs;
}

/** Departures of this tab from one page, kept over refreshes. */
export function departuresFrom(page: string, ports: Pick<PagePorts, 'recall' | 'remember' | 'nowMs'>) {
  const key = `urr.departures.${page}`;
  const all = () =>
    (ports.recall(key) ?? '')
      .split(',')
      .map(Number)
      .filter((atMs) => atMs > 0);
  return {
    delayMs: () => departureDelayMs(all(), ports.nowMs()),
    record: () => ports.remember(key, [...all(), ports.nowMs()].slice(-departuresMax).join(',')),
    /** Said by what lies behind the door, once its visitor is really in: the next departure is no return. */
    clear: () => ports.remember(key, ''),
  };
}

/** What a page shows while it sends its visitor on. */
export interface Leaving {
  readonly phase: 'leaving';
  /** The gate has just sent this visitor back: the page waits, and a button goes on at once. */
  readonly wasSentBack: boolean;
}

/** Sends the visitor on from one page: at once, or after a pause if the gate has just sent the visitor back. */
export function createDeparture(
  page: string,
  ports: Pick<PagePorts, 'recall' | 'remember' | 'nowMs' | 'go'>,
  show: (leaving: Leaving) => void,
) {
  const departures = departuresFrom(page, ports);
  let target: string | null = null;

  function departNow(): Next {
    if (target !== null) {
      departures.record();
      ports.go(target);
    }
    return 'rest';
  }

  return {
    depart(href: string): Next {
      const delayMs = departures.delayMs();
      target = href;
      show({ phase: 'leaving', wasSentBack: delayMs > 0 });
      return delayMs === 0 ? departNow() : delayMs;
    },
    departNow,
  };
}
