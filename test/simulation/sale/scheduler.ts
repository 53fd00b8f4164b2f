/**
 * Virtual time. All waiting work waits here, and the seed decides the order of simultaneous events, so each play of a
 * seed is the same.
 */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = (Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) ^ (seed >>> 13)) >>> 0;
  }

  /** Uniform in [0, 1): mulberry32, which is small, fast and good enough to explore schedules. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let t = this.#state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  }

  /** Integer in [0, bound). */
  below(bound: number): number {
    return Math.floor(this.next() * bound);
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  pick<T>(items: readonly T[]): T {
    const item = items[this.below(items.length)];
    if (item === undefined) throw new Error('nothing to pick from');
    return item;
  }
}

export interface Due {
  readonly atMs: number;
  readonly order: number;
  readonly run: () => void;
  /** True: it never runs, and time does not wait for it. */
  isCancelled: boolean;
}

/** Node runs process.nextTick when no microtask is left. That costs a fraction of a turn of the event loop. */
const settled = () => new Promise<void>((resolve) => process.nextTick(resolve));

export class Scheduler {
  nowMs = 1_800_000_000_000;
  #heap: Due[] = [];
  #order = 0;
  events = 0;

  at(delayMs: number, run: () => void): Due {
    const due = {
      atMs: this.nowMs + Math.max(0, Math.ceil(delayMs)),
      order: this.#order++,
      run,
      isCancelled: false,
    };
    this.#push(due);
    return due;
  }

  sleep(delayMs: number): Promise<void> {
    return new Promise((resolve) => this.at(delayMs, resolve));
  }

  /** Runs until nothing is left or `eventsMax` events have run. Returns true if nothing is left. */
  async run(eventsMax: number): Promise<boolean> {
    // New work runs up to its first wait.
    await settled();
    for (let count = 0; count < eventsMax; count++) {
      const due = this.#pop();
      if (due === undefined) return true;
      if (due.isCancelled) continue;
      this.nowMs = Math.max(this.nowMs, due.atMs);
      this.events++;
      due.run();
      // So does the work that this event continues.
      await settled();
    }
    return this.#heap.length === 0;
  }

  #less(a: Due, b: Due): boolean {
    return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);
  }

  #push(due: Due): void {
    const heap = this.#heap;
    heap.push(due);
    let child = heap.length - 1;
    while (child > 0) {
      const parent = (child - 1) >> 1;
      const above = heap[parent];
      if (above === undefined || !this.#less(due, above)) break;
      heap[child] = above;
      child = parent;
    }
    heap[child] = due;
  }

  #pop(): Due | undefined {
    const heap = this.#heap;
    const top = heap[0];
    const last = heap.pop();
    if (last === undefined || top === undefined || heap.length === 0) return top;
    let parent = 0;
    for (;;) {
      let child = 2 * parent + 1;
      if (child >= heap.length) break;
      const right = heap[child + 1];
      let smallest = heap[child];
      if (smallest === undefined) break;
      if (right !== undefined && this.#less(right, smallest)) {
        child++;
        smallest = right;
      }
      if (!this.#less(smallest, last)) break;
      heap[parent] = smallest;
      parent = child;
    }
    heap[parent] = last;
    return top;
  }
}
