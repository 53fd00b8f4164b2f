import { setTimeout as delay } from 'node:timers/promises';
import type { TargetGroup } from '../loadbalancer/target-group.ts';
import type { Log } from '../log.ts';
import { type ContainerDescription, ContainerTask } from './task.ts';

interface ServiceOptions {
  readonly container: ContainerDescription;
  readonly tasks: number;
  readonly targetGroups: readonly TargetGroup[];
  readonly log: Log;
}

/** Delay before a task that has ended is started again, doubled each time, as ECS throttles restarts. */
const restartMsMin = 500;
const restartMsMax = 30_000;
/** Time from the start to the first healthy check. ECS uses the template's grace period; a busy laptop needs more. */
const healthyMsMax = 5 * 60_000;

/** Keeps a number of tasks running and registered with the load balancer. */
export class Service {
  readonly #options: ServiceOptions;
  readonly #tasks = new Set<ContainerTask>();
  #isStopped = false;
  #restarts = 0;

  constructor(options: ServiceOptions) {
    this.#options = options;
  }

  get name(): string {
    return this.#options.container.name;
  }

  get pids(): number[] {
    return [...this.#tasks].flatMap((task) => task.pid ?? []);
  }

  start(): void {
    for (let started = 0; started < this.#options.tasks; started++) this.#launch();
  }

  /**
   * Resolves when each group has a healthy target. Rejects with the container's last output after three restarts or
   * `healthyMsMax`.
   */
  async healthy(): Promise<void> {
    const until = Date.now() + healthyMsMax;
    const { targetGroups } = this.#options;
    const isHealthy = () => targetGroups.every((group) => group.hasHealthy()) && this.#tasks.size > 0;
    while (!isHealthy()) {
      if (this.#isStopped) return;
      if (this.#restarts > 2 || Date.now() > until) {
        const words = [...this.#tasks].map((task) => task.lastWords).join(' | ') || this.#lastWords;
        throw new Error(`container ${this.name} does not become healthy: ${words}`);
      }
      await delay(100);
    }
  }

  /** SIGKILL to all tasks; each is replaced. */
  killTasks(): number {
    for (const task of this.#tasks) task.kill();
    return this.#tasks.size;
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    await Promise.all([...this.#tasks].map((task) => task.stop()));
  }

  #lastWords = '';

  #launch(): void {
    const task = new ContainerTask(this.#options.container);
    let registered: number | undefined;
    this.#tasks.add(task);
    void task.listening.then((port) => {
      if (!task.isAlive) return;
      registered = port;
      for (const group of this.#options.targetGroups) group.register(port);
    });
    void task.ended.then(() => {
      for (const group of this.#options.targetGroups)
        if (registered !== undefined) group.deregister(registered);
      return this.#replace(task);
    });
  }

  async #replace(task: ContainerTask): Promise<void> {
    this.#tasks.delete(task);
    this.#lastWords = task.lastWords;
    if (this.#isStopped) return;
    this.#restarts += 1;
    this.#options.log.warn(
      this.name,
      `a task ended, and another one starts. Its last lines: ${task.lastWords}`,
    );
    await delay(Math.min(restartMsMin * 2 ** Math.min(this.#restarts, 10), restartMsMax), undefined, {
      ref: false,
    });
    if (!this.#isStopped) this.#launch();
  }
}
