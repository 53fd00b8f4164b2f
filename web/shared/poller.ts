import { pollGapMinMs } from '#core/line/poll.ts';
import type { PagePorts } from './page-ports.ts';

/** The next request: after the poll rule's delay, after this many milliseconds, or none. */
export type Next = 'poll' | 'rest' | number;

export interface Poller {
  /** Plans the next request and cancels the one planned before. */
  plan(delayMs: number): void;
  /** Plans a request for now, at least the poll gap after the last one. Does nothing while a request is under way. */
  soon(): void;
  isBusy(): boolean;
  stop(): void;
}

/** Runs one request at a time: the next is planned when the last has ended, so a slow answer never overtakes a newer one. */
export function createPoller(
  ports: Pick<PagePorts, 'nowMs' | 'later'>,
  step: () => Promise<Next>,
  pollDelayMs: () => number,
): Poller {
  let isBusy = false;
  let isStopped = false;
  let lastAskedAtMs = Number.NEGATIVE_INFINITY;
  let cancel: () => void = () => {};

  const plan = (delayMs: number) => {
    cancel();
    if (!isStopped) cancel = ports.later(() => void run(), delayMs);
  };

  async function run(): Promise<void> {
    if (isStopped) return;
    isBusy = true;
    lastAskedAtMs = ports.nowMs();
    try {
      const next = await step();
      if (next === 'rest') cancel();
      else plan(next === 'poll' ? pollDelayMs() : next);
    } finally {
      isBusy = false;
    }
  }

  return {
    plan,
    soon() {
      if (!isBusy) plan(Math.max(0, lastAskedAtMs + pollGapMinMs - ports.nowMs()));
    },
    isBusy: () => isBusy,
    stop() {
      isStopped = true;
      cancel();
    },
  };
}
