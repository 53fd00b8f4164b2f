import type { Random, Scheduler } from './scheduler.ts';

/** What a client hears when an answer does not come. */
export class CutConnection extends Error {
  constructor() {
    super('the connection was cut');
  }
}

export interface Faults {
  /** Answer lost after the effect: the caller sees a broken connection and cannot know. */
  readonly lostAnswer: number;
  /** Request lost before the effect. */
  readonly lostRequest: number;
  /** The effect is applied twice (a client library's own retry); the second answer is the one seen. */
  readonly repeated: number;
  /** Half a second instead of milliseconds. */
  readonly slow: number;
  /** Request or answer is under way for long: a paused process, a stuck connection. */
  readonly pause: number;
  /** Lengths to pick from. */
  readonly pausesMs: readonly number[];
  /** The calling process dies: its code never goes on. */
  readonly crash: number;
  /** The provider answers that it cannot now. */
  readonly refusedByProvider: number;
  /** Its message comes late; half of those never come. */
  readonly lateWebhook: number;
}

export const noFaults: Faults = {
  lostAnswer: 0,
  lostRequest: 0,
  repeated: 0,
  slow: 0,
  pause: 0,
  pausesMs: [],
  crash: 0,
  refusedByProvider: 0,
  lateWebhook: 0,
};

/** A process of ours: one worker, with its own clock error and its own mortality. */
export class Process {
  alive = true;
  clockOffsetMs = 0;
  /** The latest time that its clock has ever shown to our code. */
  latestReadingMs = Number.NEGATIVE_INFINITY;
  readonly name: string;
  readonly #scheduler: Scheduler;

  constructor(name: string, scheduler: Scheduler) {
    this.name = name;
    this.#scheduler = scheduler;
  }

  readonly nowMs = (): number => {
    const nowMs = this.#scheduler.nowMs + this.clockOffsetMs;
    this.latestReadingMs = Math.max(this.latestReadingMs, nowMs);
    return nowMs;
  };
}

export const faultKinds = [
  'lostAnswer',
  'lostRequest',
  'repeated',
  'pause',
  'crash',
  'clockStep',
  'redisLoss',
  'refusedByProvider',
  'lateWebhook',
] as const;
export type FaultCounts = Record<(typeof faultKinds)[number], number>;

/** Every call from a process to a store or to the provider goes through here. */
export class Network {
  readonly counts: FaultCounts = {
    lostAnswer: 0,
    lostRequest: 0,
    repeated: 0,
    pause: 0,
    crash: 0,
    clockStep: 0,
    redisLoss: 0,
    refusedByProvider: 0,
    lateWebhook: 0,
  };
  operations = 0;
  faults: Faults;
  readonly #random: Random;
  readonly #scheduler: Scheduler;

  constructor(scheduler: Scheduler, random: Random, faults: Faults) {
    this.#scheduler = scheduler;
    this.#random = random;
    this.faults = faults;
  }

  /**
   * `effect` runs at one instant: that is what a conditional write of one item, or one script, is. A dead process sends
   * nothing and hears nothing: its promise never settles.
   */
  call<T>(process: Process, effect: () => T, slowness = 1): Promise<T> {
    if (!process.alive) return new Promise<T>(() => {});
    const random = this.#random;
    const faults = this.faults;
    this.operations++;
    return new Promise<T>((resolve, reject) => {
      const deliver = (delayMs: number, settle: () => void) =>
        this.#scheduler.at(delayMs, () => {
          if (process.alive) settle();
        });
      const unavailable = () => reject(new CutConnection());
      // Most are quick; the others leave room for what happens in between.
      const latency = () => 1 + random.below(random.chance(faults.slow) ? 600 : 20);

      if (this.strikes('crash', faults.crash)) {
        // Dies before the request leaves or right after: both happen.
        const sent = random.chance(0.5);
        this.#scheduler.at(latency(), () => {
          if (process.alive && sent) this.#quietly(effect);
          process.alive = false;
        });
        return;
      }
      if (this.strikes('lostRequest', faults.lostRequest)) {
        deliver(latency(), unavailable);
        return;
      }
      const pause = () =>
        this.strikes('pause', faults.pause * slowness)
          ? random.pick(faults.pausesMs) + random.below(60_000)
          : 0;
      this.#scheduler.at(latency() + pause(), () => {
        // A request that has left is carried out even if its sender is dead by now.
        let outcome: { value: T } | { error: unknown };
        try {
          outcome = { value: effect() };
          if (this.strikes('repeated', faults.repeated)) outcome = { value: effect() };
        } catch (error) {
          outcome = { error };
        }
        const paused = pause();
        if (this.strikes('lostAnswer', faults.lostAnswer)) {
          deliver(latency() + paused, unavailable);
          return;
        }
        deliver(latency() + paused, () =>
          'value' in outcome ? resolve(outcome.value) : reject(outcome.error),
        );
      });
    });
  }

  strikes(kind: keyof FaultCounts, probability: number): boolean {
    if (probability === 0 || !this.#random.chance(probability)) return false;
    this.counts[kind]++;
    return true;
  }

  #quietly(effect: () => unknown): void {
    try {
      effect();
    } catch {
      // Nobody is left to hear it.
    }
  }
}
