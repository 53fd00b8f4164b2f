import type { Random, Scheduler } from './scheduler.ts';

/** The error that a client gets instead of a response. */
export class CutConnection extends Error {
  constructor() {
    super('the connection was cut');
  }
}

export interface Faults {
  /** The response is lost after the effect: the caller gets a broken connection and does not know the outcome. */
  readonly lostAnswer: number;
  /** The request is lost before the effect. */
  readonly lostRequest: number;
  /** The effect is applied twice, as by a retry of a client library; the caller gets the second response. */
  readonly repeated: number;
  /** A call takes half a second instead of milliseconds. */
  readonly slow: number;
  /** Request or response is delayed for long, as by a paused process or a stuck connection. */
  readonly pause: number;
  /** Possible lengths of a pause. */
  readonly pausesMs: readonly number[];
  /** The calling process dies, and its code never continues. */
  readonly crash: number;
  /** The provider responds with a temporary failure. */
  readonly refusedByProvider: number;
  /** The provider's webhook is late; half of the late ones never arrive. */
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

/** A worker's process, with its own clock error and its own crash. */
export class Process {
  alive = true;
  clockOffsetMs = 0;
  /** The latest time that its clock has shown to the code. */
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

const faultKinds = [
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

/** All calls from a process to a store or to the provider pass through the network. */
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
   * Runs `effect` at one instant, like a conditional write of one item or a script. A dead process sends and receives
   * nothing, so its promise never settles.
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
      // Most calls are fast. Slow ones leave time for other events in between.
      const latency = () => 1 + random.below(random.chance(faults.slow) ? 600 : 20);

      if (this.strikes('crash', faults.crash)) {
        // A process may die before the request is sent, or right after it.
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
        // A request that was sent takes effect even if its sender is dead by then.
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
      // No process is left to receive it.
    }
  }
}
