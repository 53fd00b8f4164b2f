import type { FastifyInstance } from 'fastify';
import type { Telemetry } from '../shared/telemetry.ts';
import type { Health } from './server.ts';

/**
 *   starting ──▶ ready ──▶ draining ──▶ stopped
 *       └─────────────────────┘
 *
 * starting  required data is not read yet: /ready responds with 503, requests are served as far as possible
 * ready     serves requests and runs its rounds
 * draining  /ready responds with 503, so the load balancer sends no new visitors; requests are served for a grace
 *           period, and no new round starts
 * stopped   no socket listens, no timer runs
 */
type WorkerMode = 'starting' | 'ready' | 'draining' | 'stopped';

const next: Readonly<Record<WorkerMode, readonly WorkerMode[]>> = {
  starting: ['ready', 'draining'],
  ready: ['draining'],
  draining: ['stopped'],
  stopped: [],
};

/** A worker whose first round has not ended for this long is stuck. */
const stuckAfterMs = 60_000;

export interface WorkerOptions {
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  /** Time after SIGTERM in which the load balancer stops sending visitors. */
  readonly drainGraceMs: number;
  /**
   * Time after the grace period until open requests are cut off. Both together are below the ECS stop time-out (30 s).
   */
  readonly drainMaxMs: number;
}

/** Work that is repeated. Must not throw. */
export interface Round {
  readonly everyMs: number;
  work(): Promise<void>;
}

export interface WorkerDeps {
  readonly telemetry: Telemetry;
  readonly nowMs: () => number;
  /** Unique name of this worker. */
  readonly workerId: string;
}

/** Server and rounds of a worker. `isLive` depends on the first round. */
export interface WorkerParts {
  /** `isStopping` becomes true when a long round should end between two steps. */
  makeServer(health: Health): FastifyInstance;
  rounds(isStopping: () => boolean): readonly [Round, ...Round[]];
  /** Whether enough has been read to serve. Called after each first round. */
  isKnown(): boolean;
  /** Called once, after the last first round and while requests are still served. Must not throw. */
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

  /** Listens and starts the rounds. Returns the port. */
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

  /** Ends gracefully. A second call waits for the first. */
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

  /** Runs rounds one after another, each at a multiple of the interval. A round that takes longer skips multiples. */
  async #every({ everyMs, work }: Round): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      await work();
      await pause(everyMs - (this.#deps.nowMs() % everyMs), signal);
    }
  }

  #setMode(mode: WorkerMode): void {
    if (!next[this.#mode].includes(mode))
      throw new Error(`a worker cannot change from ${this.#mode} to ${mode}`);
    this.#mode = mode;
    this.#deps.telemetry.info(`worker is ${mode}`, { workerId: this.#deps.workerId });
  }
}

/** Ends early when `signal` aborts. Leaves no timer behind. */
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

/** Resolves after `ms`, or when `other` settles if that is earlier. Leaves no timer behind. */
function sleep(ms: number, other: Promise<void> | undefined): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    other?.finally(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}
