const unitMs = { minute: 60_000, hour: 3_600_000, day: 86_400_000 } as const;

/**
 * Returns the milliseconds of `rate(5 minutes)`.
 * @throws Error that names the expression if it is a cron expression, which has no local form
 */
export function scheduleMs(expression: string): number {
  const match = /^rate\((\d+) (minute|hour|day)s?\)$/.exec(expression);
  const [, count = '', unit = ''] = match ?? [];
  const factor = unit === 'minute' || unit === 'hour' || unit === 'day' ? unitMs[unit] : undefined;
  if (factor === undefined || Number(count) < 1)
    throw new Error(`schedule ${expression} has no local form; rate(…) has`);
  return Number(count) * factor;
}

/** Node's timers hold at most 2^31 - 1 ms (25 days). A longer time is waited for in pieces. */
const pieceMsMax = 2 ** 31 - 1;

/** Calls `run` every `everyMs`; returns a function that stops it. */
export function startTimer(everyMs: number, run: () => void): () => void {
  let timer: NodeJS.Timeout;
  const wait = (leftMs: number) => {
    const pieceMs = Math.min(leftMs, pieceMsMax);
    timer = setTimeout(() => {
      if (leftMs > pieceMs) {
        wait(leftMs - pieceMs);
        return;
      }
      wait(everyMs);
      run();
    }, pieceMs);
    timer.unref();
  };
  wait(everyMs);
  return () => clearTimeout(timer);
}
