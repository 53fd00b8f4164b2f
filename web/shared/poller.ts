import { pollGapMinMs } from '#core/line/poll.ts';
import type { PagePorts } from './page-ports.ts';

/** What comes after a request: the next by the poll rule, the next in so many milliseconds, or none. */
export type Next = 'poll' | 'rest' | number;

export interface Poller {
  /** Asks in this many milliseconds; whatever was planned before is forgotten. */
  plan(delayMs: number): void;
  /** At once, but not sooner after the last request than the least gap, and not beside one that is under way. */
  soon(): void;
  isBusy(): boolean;
  stop(): void;
}

/** Runs one request at a time: the next is planned when the last has ended, so no two overlap. */
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
