import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import type { Log } from '../log.ts';

export interface ContainerDescription {
  readonly name: string;
  /** Folder of the image's files. */
  readonly directory: string;
  /** Begins with `node`. */
  readonly command: readonly string[];
  /** Variables of the image, the template and Fargate, and none of the shell. */
  readonly environment: Readonly<Record<string, string>>;
  /**
   * Port inside the container. Here its variable PORT is 0, so the process takes a free port and the guard reports it.
   */
  readonly containerPort: number | undefined;
  readonly stopTimeoutMs: number;
  readonly log: Log;
}

/** ECS waits up to two minutes for open requests. Here the whole system stops, so a shorter time is enough. */
const stopMsMax = 1_000;

const reportSchema = z.object({ port: z.int() });

/** One running copy of a container: a Node process on a port of its own. */
export class ContainerTask {
  /** Resolves with the port once the task listens. A task that does not listen leaves it pending. */
  readonly listening: Promise<number>;
  readonly #child: ChildProcess;
  readonly #description: ContainerDescription;
  readonly ended: Promise<void>;
  isAlive = true;
  /** Last lines of its output, for the error of a failed start. */
  #tail: string[] = [];

  constructor(description: ContainerDescription) {
    this.#description = description;
    const [program, ...args] = description.command;
    if (program !== 'node')
      throw new Error(`command ${description.command.join(' ')}: only node has a local form`);
    // As a URL, because Node parses the value of --import as one, in which % and # have a meaning.
    const guard = new URL('guard.ts', import.meta.url).href;
    this.#child = spawn(
      process.execPath,
      ['--disable-warning=ExperimentalWarning', '--import', guard, ...args],
      {
        cwd: description.directory,
        env: { ...description.environment, ...(description.containerPort !== undefined && { PORT: '0' }) },
        stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      },
    );
    for (const stream of [this.#child.stdout, this.#child.stderr])
      if (stream !== null)
        createInterface({ input: stream }).on('line', (line) => {
          this.#tail = [...this.#tail, line].slice(-5);
          description.log.output(description.name, line);
        });
    this.#child.on('error', () => this.kill());
    this.listening = new Promise((resolve) => {
      this.#child.on('message', (message) => {
        const report = reportSchema.safeParse(message);
        if (report.success) resolve(report.data.port); // Only the first port counts, because a container maps one.
      });
    });
    this.ended = new Promise((resolve) => {
      this.#child.once('exit', () => {
        this.isAlive = false;
        resolve();
      });
    });
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  get lastWords(): string {
    return this.#tail.join(' | ').slice(-1000);
  }

  kill(): void {
    if (this.isAlive) this.#child.kill('SIGKILL');
  }

  /** Stops as ECS does: SIGTERM, time to drain, then SIGKILL. */
  async stop(): Promise<void> {
    if (!this.isAlive) return;
    this.#child.kill('SIGTERM');
    const timer = setTimeout(() => this.kill(), Math.min(this.#description.stopTimeoutMs, stopMsMax));
    await this.ended;
    clearTimeout(timer);
  }
}
