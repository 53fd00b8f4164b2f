import { type ChildProcess, fork } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { type FromRuntime, fromRuntimeSchema, type ToRuntime } from './protocol.ts';

/** A failed invocation, in the shape of Lambda's error response. */
export class InvocationError extends Error {
  readonly errorType: string;
  readonly trace: readonly string[];

  constructor(errorType: string, message: string, trace: readonly string[] = []) {
    super(message);
    this.name = 'InvocationError';
    this.errorType = errorType;
    this.trace = trace;
  }
}

interface ProcessOptions {
  readonly directory: string;
  readonly handler: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly dns: Readonly<Record<string, string>> | undefined;
  readonly onOutput: (line: string) => void;
}

/** Limit of the initialisation. Lambda's is 10 s, but a busy laptop that starts many functions at once is slower. */
const initMsMax = 3 * 60_000;

/**
 * One execution environment: a process that handles one invocation at a time. A time-out kills the process, so a late
 * result is never used. If the process ends, its invocation fails.
 */
export class EnvironmentProcess {
  readonly #child: ChildProcess;
  readonly #ended: Promise<void>;
  /** Resolves when the module is loaded. Rejects with InvocationError if it cannot be loaded. */
  readonly ready: Promise<void>;
  #waiting: { resolve: (message: FromRuntime) => void; reject: (error: Error) => void } | undefined;
  isAlive = true;

  constructor(options: ProcessOptions) {
    const runtime = fileURLToPath(new URL('runtime-child.ts', import.meta.url));
    this.#child = fork(runtime, [], {
      cwd: options.directory,
      env: options.environment,
      execArgv: ['--enable-source-maps', '--disable-warning=ExperimentalWarning'],
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    for (const stream of [this.#child.stdout, this.#child.stderr])
      if (stream !== null) createInterface({ input: stream }).on('line', options.onOutput);
    this.#ended = new Promise((resolve) => {
      this.#child.once('exit', (code, signal) => {
        this.isAlive = false;
        const how = signal ?? `code ${code}`;
        this.#waiting?.reject(new InvocationError('Runtime.ExitError', `the process ended with ${how}`));
        resolve();
      });
    });
    this.#child.on('error', () => this.kill());
    this.#child.on('message', (message) => this.#receive(message));
    this.ready = this.#exchange(
      {
        kind: 'start',
        directory: options.directory,
        handler: options.handler,
        ...(options.dns && { dns: options.dns }),
      },
      initMsMax,
    ).then(() => undefined);
    this.ready.catch(() => this.kill());
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** Resolves with the handler's result; rejects with InvocationError. */
  async invoke(message: Extract<ToRuntime, { kind: 'invoke' }>, timeoutMs: number): Promise<unknown> {
    await this.ready;
    const answer = await this.#exchange(message, timeoutMs);
    return answer.kind === 'result' ? answer.payload : null;
  }

  kill(): void {
    if (this.isAlive) this.#child.kill('SIGKILL');
    this.isAlive = false;
  }

  async stop(): Promise<void> {
    this.kill();
    await this.#ended;
  }

  #receive(message: unknown): void {
    const parsed = fromRuntimeSchema.safeParse(message);
    const waiting = this.#waiting;
    if (waiting === undefined) return;
    if (!parsed.success)
      waiting.reject(
        new InvocationError('Runtime.Unknown', 'the function process sent a message of an unknown type'),
      );
    else if (parsed.data.kind === 'error')
      waiting.reject(new InvocationError(parsed.data.errorType, parsed.data.errorMessage, parsed.data.trace));
    else waiting.resolve(parsed.data);
  }

  async #exchange(message: ToRuntime, timeoutMs: number): Promise<FromRuntime> {
    let timer: NodeJS.Timeout | undefined;
    try {
      return await new Promise<FromRuntime>((resolve, reject) => {
        if (!this.isAlive) {
          reject(new InvocationError('Runtime.ExitError', 'the process has ended'));
          return;
        }
        this.#waiting = { resolve, reject };
        timer = setTimeout(() => {
          this.kill();
          reject(new InvocationError('Sandbox.Timedout', `task timed out after ${timeoutMs / 1000} s`));
        }, timeoutMs);
        this.#child.send(message, (error) => {
          if (error) reject(new InvocationError('Runtime.ExitError', 'the process has ended'));
        });
      });
    } finally {
      clearTimeout(timer);
      this.#waiting = undefined;
    }
  }
}
