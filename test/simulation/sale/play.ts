import { Buyers, buyerCount } from './buyers.ts';
import { type FaultCounts, Network, noFaults, Process } from './network.ts';
import type { Program } from './program.ts';
import { checkRest } from './rest.ts';
import { Rounds } from './rounds.ts';
import { type Scene, sceneOf } from './scenes.ts';
import { Random, Scheduler } from './scheduler.ts';
import { type Listener, World } from './simulated-sale.ts';
import type { Violation } from './watch.ts';
import { SimulatedWorker } from './worker.ts';

export interface Played {
  readonly seed: number;
  readonly operations: number;
  readonly faults: FaultCounts;
  readonly sold: number;
  readonly refunded: number;
  readonly violations: readonly Violation[];
  readonly history: readonly string[];
}

/** More events than any correct run needs. A run that is not at rest by then is a violation. */
const eventsMax = 60_000;
const workerCount = 3;
/** Rounds continue for this long after the last buyer, still under faults. */
const quietMs = 400_000;
const secondsMs = 1000;

/**
 * Plays one sale: six buyers contend for seven seats on three workers that crash, pause and have wrong clocks, while
 * Redis loses data, responses get lost and the provider refuses. Then all faults stop, the rounds finish, and a last
 * buyer orders the free seats: every seat must be sold or free. The code is URR's; servers and provider are models.
 */
export async function play(program: Program, seed: number, listener?: Listener): Promise<Played> {
  // Faults throw thousands of errors, whose stacks are not read.
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  const sale = new Play(program, seed, listener);
  process.on('unhandledRejection', sale.onUnhandled);
  try {
    return await sale.run();
  } finally {
    // Node reports the last unhandled rejections after this.
    await new Promise((done) => setImmediate(done));
    process.off('unhandledRejection', sale.onUnhandled);
    Error.stackTraceLimit = stackTraceLimit;
  }
}

class Play {
  readonly #seed: number;
  readonly #random: Random;
  readonly #scheduler = new Scheduler();
  readonly #network: Network;
  readonly #world: World;
  readonly #intensity: number;
  readonly #scene: Scene;
  readonly #workers: SimulatedWorker[] = [];
  #processes = 0;

  constructor(program: Program, seed: number, listener?: Listener) {
    this.#seed = seed;
    this.#scene = sceneOf(seed);
    this.#random = new Random(seed);
    this.#intensity = this.#random.below(4);
    this.#network = new Network(this.#scheduler, this.#random, {
      lostAnswer: 0.01 * this.#intensity,
      lostRequest: 0.005 * this.#intensity,
      repeated: 0.01 * this.#intensity,
      slow: 0.1,
      pause: 0.003 * this.#intensity,
      // Shorter than a hold, longer than a hold, and longer than any extension; always shorter than the provider's
      // session.
      pausesMs: [1000, 300_000, 1_200_000],
      crash: 0.003 * this.#intensity,
      refusedByProvider: this.#scene === 'mute' ? 0.4 : 0.1 * this.#intensity,
      lateWebhook: 0.1 * this.#intensity,
    });
    this.#world = new World(program, this.#scheduler, this.#network, this.#random, listener);
    for (let index = 0; index < workerCount; index++) {
      const worker = this.#newWorker();
      // Real clocks differ by some milliseconds.
      worker.process.clockOffsetMs = this.#random.pick([0, 0, -500, 500]);
      this.#workers.push(worker);
    }
  }

  newProcess = (kind: string): Process => {
    const process = new Process(`${kind}-${this.#processes++}`, this.#scheduler);
    this.#world.adopt(process);
    return process;
  };

  #newWorker(): SimulatedWorker {
    return new SimulatedWorker(this.#world, this.newProcess('worker'));
  }

  /** Returns a live worker, as a load balancer does. A dead one is replaced. */
  someWorker = (): SimulatedWorker => {
    const index = this.#random.below(workerCount);
    const worker = this.#workers[index];
    if (worker?.process.alive) return worker;
    const next = this.#newWorker();
    this.#workers[index] = next;
    return next;
  };

  /** An unhandled rejection, which would end the worker in Node. */
  onUnhandled = (error: unknown): void => {
    this.#world.watch.violate('no error ends a worker', String(error));
  };

  async run(): Promise<Played> {
    const [world, scheduler, network] = [this.#world, this.#scheduler, this.#network];
    const buyers = new Buyers(world, this.someWorker, this.#scene);
    const rounds = new Rounds(world, this.someWorker, this.newProcess);
    const sale = Array.from({ length: buyerCount }, (_, index) => buyers.shop(index));
    void Promise.all(sale).then(() => {
      rounds.untilMs = scheduler.nowMs + quietMs;
    });
    rounds.start();
    void this.#trouble();
    if (!(await scheduler.run(eventsMax)))
      world.watch.violate('a run comes to rest', `after ${eventsMax} events`);

    network.faults = noFaults;
    world.isCalm = true;
    for (const [index] of this.#workers.entries()) this.#workers[index] = this.#newWorker();
    buyers.tellAgain();
    await scheduler.run(eventsMax);
    await this.#settle(rounds);
    await checkRest(world, this.someWorker(), () => scheduler.run(eventsMax));
    buyers.buyTheRest();
    await scheduler.run(eventsMax);
    const reservations = [...world.watch.reservations()].filter(({ state }) => state === 'confirmed');
    return {
      seed: this.#seed,
      operations: network.operations,
      faults: network.counts,
      sold: reservations.reduce((sum, { seatIds }) => sum + seatIds.length, 0),
      refunded: world.watch.tallies.refunded.count,
      violations: world.watch.violations,
      history: world.watch.history,
    };
  }

  async #trouble(): Promise<void> {
    const random = this.#random;
    for (let round = 0; this.#scene === 'rush' && round < 20; round++) {
      await this.#scheduler.sleep(random.below(60));
      this.#world.redisLoses(true, 0);
    }
    for (let round = 0; round < this.#intensity * 4; round++) {
      await this.#scheduler.sleep(random.below(120_000));
      if (random.chance(0.5)) this.#world.redisLoses(random.chance(0.4), random.next());
      else {
        const worker = random.pick(this.#workers);
        worker.process.clockOffsetMs = random.pick([-400_000, -2000, 0, 2000, 400_000]);
        this.#network.counts.clockStep++;
      }
    }
  }

  /** Without faults and with exact clocks, every round gets the time that it needs. */
  async #settle(rounds: Rounds): Promise<void> {
    const scheduler = this.#scheduler;
    for (const waitMs of [3600, 3600, 61, 61].map((seconds) => seconds * secondsMs)) {
      scheduler.nowMs += waitMs;
      for (let times = 0; times < 2; times++) {
        rounds.all();
        await scheduler.run(eventsMax);
        scheduler.nowMs += 3000;
      }
    }
  }
}
