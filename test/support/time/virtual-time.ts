/**
 * Time that passes only when all work waits. Work runs in promises as usual; `sleepUntil` suspends it, and `run` wakes
 * the earliest sleeper when nothing else can continue. A simulated hour takes as long as its computation.
 */
export interface VirtualTime {
  nowMs(): number;
  sleepUntil(ms: number): Promise<void>;
  /** Runs until `done` settles. */
  run<T>(done: Promise<T>): Promise<T>;
}

interface Sleeper {
  readonly atMs: number;
  readonly order: number;
  readonly wake: () => void;
}

export function createVirtualTime(): VirtualTime {
  let now = 0;
  let order = 0;
  const sleepers: Sleeper[] = [];
  const isBefore = (a: Sleeper | undefined, b: Sleeper | undefined) =>
    a !== undefined && b !== undefined && (a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order));

  const swap = (i: number, j: number) => {
    const [a, b] = [sleepers[i], sleepers[j]];
    if (a === undefined || b === undefined) return;
    sleepers[i] = b;
    sleepers[j] = a;
  };
  const push = (sleeper: Sleeper) => {
    sleepers.push(sleeper);
    for (let i = sleepers.length - 1; i > 0; ) {
      const parent = (i - 1) >> 1;
      if (!isBefore(sleepers[i], sleepers[parent])) return;
      swap(i, parent);
      i = parent;
    }
  };
  const pop = (): Sleeper | undefined => {
    const first = sleepers[0];
    const last = sleepers.pop();
    if (first === undefined || last === undefined || sleepers.length === 0) return first;
    sleepers[0] = last;
    for (let i = 0; ; ) {
      const [left, right] = [2 * i + 1, 2 * i + 2];
      let least = i;
      if (isBefore(sleepers[left], sleepers[least])) least = left;
      if (isBefore(sleepers[right], sleepers[least])) least = right;
      if (least === i) return first;
      swap(i, least);
      i = least;
    }
  };

  return {
    nowMs: () => now,
    sleepUntil: (atMs) =>
      new Promise((wake) => {
        order += 1;
        push({ atMs, order, wake });
      }),
    async run(done) {
      let isOver = false;
      const over = done.finally(() => {
        isOver = true;
      });
      while (!isOver) {
        // A macrotask lets every promise that can continue do so.
        await new Promise<void>((next) => setImmediate(next));
        const atMs = sleepers[0]?.atMs;
        if (atMs === undefined) continue;
        now = Math.max(now, atMs);
        while (sleepers[0] !== undefined && sleepers[0].atMs <= now) pop()?.wake();
      }
      return over;
    },
  };
}
