import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Log } from '../log.ts';
import { unusedPort } from './free-port.ts';

export interface ContainerDescription {
  readonly name: string;
  /** Folder of the image's files. */
  readonly directory: string;
  /** Begins with `node`. */
  readonly command: readonly string[];
  /** The image's, the template's and the reserved variables; nothing of the shell. */
  readonly environment: Readonly<Record<string, string>>;
  /** Port inside the container; its PORT variable is replaced by the host's port, as Docker would map it. */
  readonly containerPort: number | undefined;
  readonly stopTimeoutMs: number;
  readonly log: Log;
}

/** ECS waits up to two minutes, for those whom the task still serves. Here the whole system stops, and nobody is served. */
const stopMsMax = 1_000;

/** One running copy of a container: a Node process on a port of its own. */
export class ContainerTask {
  readonly port: number | undefined;
  readonly #child: ChildProcess;
  readonly #description: ContainerDescription;
  readonly ended: Promise<void>;
  isAlive = true;
  /** Last lines it wrote, for the message when it does not start. */
  #tail: string[] = [];

  private constructor(description: ContainerDescription, port: number | undefined) {
    this.#description = description;
    this.port = port;
    const [program, ...args] = description.command;
    if (program !== 'node')
      throw new Error(`command ${description.command.join(' ')}: only node has a local form`);
    // As a URL: node takes what follows --import for one, in which % and # would mean something.
    const guard = new URL('guard.ts', import.meta.url).href;
    this.#child = spawn(
      process.execPath,
      ['--disable-warning=ExperimentalWarning', '--import', guard, ...args],
      {
        cwd: description.directory,
        env: { ...description.environment, ...(port !== undefined && { PORT: String(port) }) },
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
    this.ended = new Promise((resolve) => {
      this.#child.once('exit', () => {
        this.isAlive = false;
        resolve();
      });
    });
  }

  static async start(description: ContainerDescription): Promise<ContainerTask> {
    return new ContainerTask(
      description,
      description.containerPort === undefined ? undefined : await unusedPort(),
    );
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

  /** SIGTERM, time to drain, then SIGKILL: as ECS stops a task. */
  async stop(): Promise<void> {
    if (!this.isAlive) return;
    this.#child.kill('SIGTERM');
    const timer = setTimeout(() => this.kill(), Math.min(this.#description.stopTimeoutMs, stopMsMax));
    await this.ended;
    clearTimeout(timer);
  }
}
