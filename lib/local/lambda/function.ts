import { randomBytes, randomUUID } from 'node:crypto';
import type { Log } from '../log.ts';
import { EnvironmentProcess, InvocationError } from './environment-process.ts';

interface FunctionOptions {
  readonly name: string;
  readonly arn: string;
  readonly region: string;
  readonly directory: string;
  readonly handler: string;
  readonly runtime: string;
  /** As the template says. */
  readonly timeoutMs: number;
  readonly timeLimitFactor: number;
  readonly memoryMb: number;
  /** Most processes at once: the template's reserved concurrency, bounded by this machine. */
  readonly concurrencyMax: number;
  /** The variables of the template, and no others. */
  readonly variables: Readonly<Record<string, string>>;
  /** Reserved variables beyond the common ones: endpoints of the embedded servers. Empty for Lambda@Edge. */
  readonly endpointVariables: Readonly<Record<string, string>>;
  readonly credentials: Readonly<Record<string, string>>;
  /** Address of the embedded server by AWS service, only for Lambda@Edge (edge-dns.ts). */
  readonly dns?: Readonly<Record<string, string>>;
  readonly log: Log;
}

/** Most callers that wait for a process. Lambda responds with 429 when its concurrency is used up. */
const queueLengthMax = 10_000;

/**
 * A Lambda function: a bounded pool of processes that each handle one invocation at a time. State does not survive in
 * this process; a crashed process is replaced at the next invocation.
 */
export class LambdaFunction {
  readonly options: FunctionOptions;
  /** Services that a Lambda permission lets invoke this function, e.g. `apigateway.amazonaws.com`. */
  readonly permittedServices = new Set<string>();
  readonly #processes = new Map<EnvironmentProcess, 'idle' | 'busy'>();
  readonly #queue: { resolve: (process: EnvironmentProcess) => void; reject: (error: Error) => void }[] = [];
  #isStopped = false;
  /**
   * Whether a route, a schedule, a behaviour or a queue invokes it. Functions of custom resources are never started.
   */
  isUsed = false;
  invocations = 0;

  constructor(options: FunctionOptions) {
    this.options = options;
  }

  get pids(): number[] {
    return [...this.#processes.keys()].flatMap((process) => process.pid ?? []);
  }

  /** Runs the function once. Rejects with InvocationError if it throws, times out, or its process ends. */
  async invoke(event: unknown): Promise<unknown> {
    this.invocations += 1;
    const process = await this.#acquire();
    try {
      const { arn } = this.options;
      const timeoutMs = this.options.timeoutMs * this.options.timeLimitFactor;
      return await process.invoke(
        {
          kind: 'invoke',
          event,
          requestId: randomUUID(),
          functionArn: arn,
          deadlineMs: Date.now() + timeoutMs,
          traceId: `Root=1-${Math.floor(Date.now() / 1000).toString(16)}-${randomBytes(12).toString('hex')};Sampled=0`,
        },
        timeoutMs,
      );
    } catch (error) {
      const { errorType, message } =
        error instanceof InvocationError ? error : new InvocationError('Unknown', String(error));
      if (!this.#isStopped) this.options.log.warn(this.options.name, `${errorType}: ${message}`);
      throw error;
    } finally {
      this.#release(process);
    }
  }

  /**
   * Starts a first process and waits until its module is loaded. So the first visitor does not wait for it, and a
   * function that cannot start (a missing variable, a broken bundle) fails the start of the system instead of each
   * request.
   */
  async warm(): Promise<void> {
    const process = this.#spawn();
    this.#processes.set(process, 'idle');
    try {
      await process.ready;
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new Error(`Lambda function ${this.options.name} cannot start: ${reason}`, { cause });
    }
  }

  /** Sends SIGKILL to all its processes, as when AWS loses a host. Effects that they had remain. */
  killProcesses(): number {
    const processes = [...this.#processes.keys()];
    for (const process of processes) process.kill();
    return processes.length;
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    for (const waiting of this.#queue.splice(0))
      waiting.reject(new InvocationError('Runtime.ExitError', 'the system is stopping'));
    await Promise.all([...this.#processes.keys()].map((process) => process.stop()));
    this.#processes.clear();
  }

  async #acquire(): Promise<EnvironmentProcess> {
    if (this.#isStopped) throw new InvocationError('Runtime.ExitError', 'the system is stopping');
    for (const [process, state] of this.#processes) {
      if (!process.isAlive) this.#processes.delete(process);
      else if (state === 'idle') {
        this.#processes.set(process, 'busy');
        return process;
      }
    }
    if (this.#processes.size < this.options.concurrencyMax) {
      const process = this.#spawn();
      this.#processes.set(process, 'busy');
      return process;
    }
    if (this.#queue.length >= queueLengthMax)
      throw new InvocationError('TooManyRequestsException', 'too many invocations wait for this function');
    return new Promise((resolve, reject) => this.#queue.push({ resolve, reject }));
  }

  #release(process: EnvironmentProcess): void {
    if (this.#isStopped) return;
    let free = process;
    if (!process.isAlive) {
      this.#processes.delete(process);
      if (this.#queue.length === 0) return;
      free = this.#spawn();
    }
    const next = this.#queue.shift();
    this.#processes.set(free, next === undefined ? 'idle' : 'busy');
    next?.resolve(free);
  }

  #spawn(): EnvironmentProcess {
    const { directory, handler, dns, name, log } = this.options;
    return new EnvironmentProcess({
      directory,
      handler,
      dns,
      environment: this.#environment(),
      onOutput: (line) => log.output(name, line),
    });
  }

  /** Exactly the template's variables and Lambda's reserved ones, and none of the shell. */
  #environment(): Record<string, string> {
    const { name, region, handler, runtime, memoryMb, directory, variables } = this.options;
    return {
      ...variables,
      ...this.options.endpointVariables,
      ...this.options.credentials,
      AWS_REGION: region,
      AWS_DEFAULT_REGION: region,
      AWS_EXECUTION_ENV: `AWS_Lambda_${runtime}`,
      AWS_LAMBDA_FUNCTION_NAME: name,
      AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(memoryMb),
      AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
      AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${name}`,
      AWS_LAMBDA_LOG_STREAM_NAME: `local/[$LATEST]${randomBytes(16).toString('hex')}`,
      _HANDLER: handler,
      LAMBDA_TASK_ROOT: directory,
      LANG: 'en_US.UTF-8',
      TZ: ':UTC',
      PATH: '/usr/local/bin:/usr/bin:/bin',
    };
  }
}
