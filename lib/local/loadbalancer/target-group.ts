import http from 'node:http';
import { callServer } from '../cloudfront/origin.ts';
import { emptyBody, type OriginAnswer } from '../http.ts';

export interface HealthCheck {
  readonly path: string;
  readonly statuses: ReadonlySet<number>;
  readonly intervalMs: number;
  readonly timeoutMs: number;
  readonly healthyCount: number;
  readonly unhealthyCount: number;
}

interface Target {
  readonly base: string;
  isHealthy: boolean;
  /** Consecutive checks whose result contradicts `isHealthy`. */
  against: number;
  outstanding: number;
  timer: NodeJS.Timeout | undefined;
}

/** Interval of health checks until a target is healthy for the first time, so that a start does not wait longer. */
const eagerMs = 150;

/** A target group of a load balancer: tracks the healthy targets, and chooses the one with the fewest requests. */
export class TargetGroup {
  readonly #targets = new Map<number, Target>();
  readonly #check: HealthCheck;
  readonly #agent = new http.Agent({ keepAlive: true });

  constructor(check: HealthCheck) {
    this.#check = check;
  }

  register(port: number): void {
    const base = `http://127.0.0.1:${port}`;
    const target: Target = { base, isHealthy: false, against: 0, outstanding: 0, timer: undefined };
    this.#targets.set(port, target);
    void this.#watch(port, target);
  }

  deregister(port: number): void {
    clearTimeout(this.#targets.get(port)?.timer);
    this.#targets.delete(port);
  }

  hasHealthy(): boolean {
    return [...this.#targets.values()].some(({ isHealthy }) => isHealthy);
  }

  /** Returns undefined if no target is healthy. Rejects if the chosen one does not respond. */
  async send(call: Parameters<typeof callServer>[2]): Promise<OriginAnswer | undefined> {
    const healthy = [...this.#targets.values()].filter(({ isHealthy }) => isHealthy);
    const [target] = healthy.sort((left, right) => left.outstanding - right.outstanding);
    if (target === undefined) return undefined;
    target.outstanding += 1;
    try {
      return await callServer(target.base, this.#agent, call);
    } finally {
      target.outstanding -= 1;
    }
  }

  stop(): void {
    for (const port of [...this.#targets.keys()]) this.deregister(port);
    this.#agent.destroy();
  }

  async #watch(port: number, target: Target): Promise<void> {
    const isGood = await this.#ask(target);
    if (this.#targets.get(port) !== target) return;
    target.against = isGood === target.isHealthy ? 0 : target.against + 1;
    if (target.against >= (target.isHealthy ? this.#check.unhealthyCount : this.#check.healthyCount)) {
      target.isHealthy = !target.isHealthy;
      target.against = 0;
    }
    target.timer = setTimeout(
      () => void this.#watch(port, target),
      target.isHealthy ? this.#check.intervalMs : eagerMs,
    );
    target.timer.unref();
  }

  async #ask(target: Target): Promise<boolean> {
    try {
      const answer = await callServer(target.base, this.#agent, {
        method: 'GET',
        target: this.#check.path,
        headers: { host: [new URL(target.base).host], 'user-agent': ['ELB-HealthChecker/2.0'] },
        body: emptyBody,
        timeoutMs: this.#check.timeoutMs,
      });
      return this.#check.statuses.has(answer.status);
    } catch {
      return false;
    }
  }
}
