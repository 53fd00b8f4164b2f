import type { FastifyInstance } from 'fastify';
import type { Telemetry } from '../shared/telemetry.ts';
import type { Health } from './server.ts';

/**
 *   starting ──▶ ready ──▶ draining ──▶ stopped
 *       └─────────────────────┘
 *
 * starting  what the worker must know is not known yet: /ready says no, requests are answered as well as they can be
 * ready     serves, and does its rounds
 * draining  /ready says no, so the load balancer sends nobody new; requests are still served for a grace time, no new
 *           round of work begins
 * stopped   nothing listens, no timer runs
 */
export type WorkerMode = 'starting' | 'ready' | 'draining' | 'stopped';

const next: Readonly<Record<WorkerMode, readonly WorkerMode[]>> = {
  starting: ['ready', 'draining'],
  ready: ['draining'],
  draining: ['stopped'],
  stopped: [],
};

/** A first round that has not come back after this means that the process is stuck. */
const stuckAfterMs = 60_000;

export interface WorkerOptions {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** From SIGTERM on, while the load balancer learns that we are going. */
  readonly drainGraceMs: number;
  /** After it, what is still under way is cut off. Grace and this are below the ECS stop time-out (30 s). */
  readonly drainMaxMs: number;
}

/** Work that is done again and again. Must not throw. */
export interface Round {
  readonly everyMs: number;
  work(): Promise<void>;
}

export interface WorkerDeps {
  readonly telemetry: Telemetry;
  readonly nowMs: () => number;
  /** Name of this worker, unique among all. */
  readonly workerId: string;
}

/** What a worker consists of. Its first round is the one it lives by. */
export interface WorkerParts {
  /** `isStopping` ends long rounds between two steps. */
  makeServer(health: Health): FastifyInstance;
  rounds(isStopping: () => boolean): readonly [Round, ...Round[]];
  /** Enough is known to serve; asked after each first round. */
  isKnown(): boolean;
  /** Said once, when the last first round is over and requests are still served. Must not throw. */
  drainWorker?(): Promise<void>;
}

export class WorkerLifecycle {
  readonly #deps: WorkerDeps;
  readonly #options: WorkerOptions;
  readonly #parts: WorkerParts;
  readonly #server: FastifyInstance;
  readonly #stopping = new AbortController();
  readonly #loops: Promise<void>[] = [];
  #mode: WorkerMode = 'starting';
  #livedAtMs: number;

  constructor(deps: WorkerDeps, options: WorkerOptions, parts: WorkerParts) {
    this.#deps = deps;
    this.#options = options;
    this.#parts = parts;
    this.#livedAtMs = deps.nowMs();
    this.#server = parts.makeServer({
      isLive: () => deps.nowMs() - this.#livedAtMs < stuckAfterMs,
      isReady: () => this.#mode === 'ready',
    });
  }

  get mode(): WorkerMode {
    return this.#mode;
  }

  /** Listens, and begins its rounds. Answers the port. */
  async start(): Promise<number> {
    const { host, port } = this.#options;
    await this.#server.listen({ host, port });
    const [first, ...others] = this.#parts.rounds(() => this.#stopping.signal.aborted);
    const living = async () => {
      await first.work();
      this.#livedAtMs = this.#deps.nowMs();
      if (this.#mode === 'starting' && this.#parts.isKnown()) this.#setMode('ready');
    };
    this.#loops.push(this.#live({ everyMs: first.everyMs, work: living }));
    for (const round of others) this.#loops.push(this.#every(round));
    const address = this.#server.server.address();
    return typeof address === 'object' && address !== null ? address.port : port;
  }

  /** Graceful end; a second call waits for the first. */
  async stop(): Promise<void> {
    if (this.#mode === 'draining' || this.#mode === 'stopped') {
      await Promise.allSettled(this.#loops);
      return;
    }
    this.#setMode('draining');
    const grace = sleep(this.#options.drainGraceMs, undefined);
    this.#stopping.abort();
    const ending = (async () => {
      await grace;
      await this.#server.close();
      await Promise.all(this.#loops);
    })();
    await Promise.race([ending, sleep(this.#options.drainGraceMs + this.#options.drainMaxMs, ending)]);
    this.#server.server.closeAllConnections();
    this.#setMode('stopped');
  }

  async #live(round: Round): Promise<void> {
    await this.#every(round);
    await this.#parts.drainWorker?.();
  }

  /** One round after another, each starting on a multiple of the interval; a round that takes longer skips beats. */
  async #every({ everyMs, work }: Round): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      await work();
      await pause(everyMs - (this.#deps.nowMs() % everyMs), signal);
    }
  }

  #setMode(mode: WorkerMode): void {
    if (!next[this.#mode].includes(mode))
      throw new Error(`a worker never goes from ${this.#mode} to ${mode}`);
    this.#mode = mode;
    this.#deps.telemetry.info(`worker is ${mode}`, { workerId: this.#deps.workerId });
  }
}

/** Ends early when told to stop; leaves no timer behind. */
function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done);
    if (signal.aborted) done();
  });
}

/** Resolves after `ms`, or with `other` if that comes first; leaves no timer behind. */
function sleep(ms: number, other: Promise<void> | undefined): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    other?.finally(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}
