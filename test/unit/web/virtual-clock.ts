/** Steps of one run; a page that plans more than this is in a loop. */
const stepsMax = 100_000;
/** Promises that an answer passes through before the page plans its next timer. */
const microtasksPerStep = 30;

/** A clock that moves only in `run` and `sleep`, with the timers of a page. */
export function createVirtualClock(startMs: number) {
  let nowMs = startMs;
  let planned = 0;
  const timers: { readonly atMs: number; readonly order: number; readonly run: () => void }[] = [];
  return {
    nowMs: () => nowMs,
    /** Returns the function that cancels the timer. */
    later(run: () => void, delayMs: number): () => void {
      planned += 1;
      const timer = { atMs: nowMs + delayMs, order: planned, run };
      timers.push(timer);
      return () => {
        const at = timers.indexOf(timer);
        if (at >= 0) timers.splice(at, 1);
      };
    },
    /** Runs the timers that are due within this time, in order. */
    async run(forMs: number): Promise<void> {
      const untilMs = nowMs + forMs;
      for (let step = 0; step < stepsMax; step += 1) {
        for (let task = 0; task < microtasksPerStep; task += 1) await Promise.resolve();
        const next = timers.sort((a, b) => a.atMs - b.atMs || a.order - b.order)[0];
        if (next === undefined || next.atMs > untilMs) break;
        timers.shift();
        nowMs = Math.max(nowMs, next.atMs);
        next.run();
      }
      nowMs = untilMs;
    },
    /** The machine sleeps: time passes, and no timer runs. */
    sleep(forMs: number): void {
      nowMs += forMs;
    },
  };
}
