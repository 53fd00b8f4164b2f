import type { PagePorts } from './page-ports.ts';
import type { Next } from './poller.ts';

/** Departures that the tab keeps: enough to recognize a loop. */
const departuresMax = 5;
/** A visitor who is back within this time was not let in. */
const sentBackWithinMs = 60_000;
/** The gate learns a switch of the event within seconds, so the first return waits less than the later ones. */
const firstReturnDelayMs = 5_000;
const laterReturnDelayMs = 20_000;

/**
 * Delay before the next departure. The gate may send a visitor straight back, because it learns a switch seconds later or
 * because the browser keeps no cookies. Without the delay the browser would be in a redirect loop at full speed.
 */
function departureDelayMs(departuresAtMs: readonly number[], nowMs: number): number {
  const recent = departuresAtMs.filter((atMs) => atMs <= nowMs && nowMs - atMs < sentBackWithinMs);
  if (recent.length === 0) return 0;
  return recent.length === 1 ? firstReturnDelayMs : laterReturnDelayMs;
}

/** Departures from one page, in the tab's memory: a refresh and a redirect back start the script again. */
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
    /** For the page behind the gate: its visitor was let in, so the next departure is not a return. */
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
