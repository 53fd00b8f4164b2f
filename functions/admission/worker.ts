import type { FastifyInstance } from 'fastify';
import type { AdmissionDeps } from './deps.ts';
import { LiveEvents } from './live-events.ts';
import { Relay } from './relay.ts';
import { createServer } from './server.ts';
import { sweepAll } from './sweep.ts';
import { Ticker } from './tick.ts';

/**
 *   starting ──▶ ready ──▶ draining ──▶ stopped
 *       └─────────────────────┘
 *
 * starting  the events are not known yet: /ready says no, requests are answered as well as they can be
 * ready     serves, ticks, relays, sweeps
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

/** Often enough that statistics follow in a second, seldom enough to cost Redis nothing. */
const relayEveryMs = 500;
const sweepEveryMs = 30_000;
/** Rounds that have not come back after this mean that the process is stuck. */
const stuckAfterMs = 60_000;

export interface WorkerOptions {
  readonly port: number;
  readonly host?: string;
  /** From SIGTERM on, while the load balancer learns that we are going. */
  readonly drainGraceMs: number;
  /** After it, what is still under way is cut off. Grace and this are below the ECS stop time-out (30 s). */
  readonly drainMaxMs: number;
}

export class AdmissionWorker {
  readonly #deps: AdmissionDeps;
  readonly #options: WorkerOptions;
  readonly #events: LiveEvents;
  readonly #ticker: Ticker;
  readonly #relay: Relay;
  readonly #server: FastifyInstance;
  readonly #stopping = new AbortController();
  readonly #loops: Promise<void>[] = [];
  #mode: WorkerMode = 'starting';
  #tickedAtMs: number;

  constructor(deps: AdmissionDeps, options: WorkerOptions) {
    this.#deps = deps;
    this.#options = options;
    this.#events = new LiveEvents(deps.events, deps.nowMs);
    this.#ticker = new Ticker(deps, this.#events);
    this.#relay = new Relay(deps, this.#events);
    this.#tickedAtMs = deps.nowMs();
    this.#server = createServer(deps, this.#events, {
      isLive: () => deps.nowMs() - this.#tickedAtMs < stuckAfterMs,
      isReady: () => this.#mode === 'ready',
    });
  }

  get mode(): WorkerMode {
    return this.#mode;
  }

  /** Listens, and begins its rounds. Answers the port. */
  async start(): Promise<number> {
    await this.#server.listen({ port: this.#options.port, host: this.#options.host ?? '0.0.0.0' });
    const isStopping = () => this.#stopping.signal.aborted;
    this.#loops.push(
      this.#every(this.#deps.tickMs, async () => {
        await this.#ticker.tickAll();
        this.#tickedAtMs = this.#deps.nowMs();
        if (this.#mode === 'starting' && this.#events.isKnown()) this.#setMode('ready');
      }),
      this.#every(relayEveryMs, () => this.#relay.relayAll(isStopping)),
      this.#every(sweepEveryMs, () => sweepAll(this.#deps, this.#events)),
    );
    const address = this.#server.server.address();
    return typeof address === 'object' && address !== null ? address.port : this.#options.port;
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

  /** One round after another, each starting on a multiple of the interval; a round that takes longer skips beats. */
  async #every(intervalMs: number, round: () => Promise<void>): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      await round();
      await pause(intervalMs - (this.#deps.nowMs() % intervalMs), signal);
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
