import type { Log } from '../log.ts';
import type { LambdaFunction } from './function.ts';

interface AsyncPolicy {
  /** Lambda's default is 2. */
  readonly retriesMax: number;
  /** Age in milliseconds beyond which an event is not retried. */
  readonly ageMsMax: number | undefined;
  /** Receives the event after all attempts failed. Undefined: the event is lost, as on AWS. */
  readonly onFailure: ((event: unknown, error: string) => Promise<void>) | undefined;
}

/** Lambda waits one minute before the second attempt of an asynchronous invocation, and two before the third. */
const retryDelayMs = (tries: number) => tries * 60_000;

/** Invokes asynchronously: retries, then sends the event to the dead-letter queue. `stop` ends pending retries. */
export class AsyncInvoker {
  readonly #timers = new Set<NodeJS.Timeout>();
  readonly #log: Log;
  #isStopped = false;

  constructor(log: Log) {
    this.#log = log;
  }

  send(target: LambdaFunction, event: unknown, policy: AsyncPolicy): void {
    void this.#try(target, event, policy, 1, Date.now());
  }

  stop(): void {
    this.#isStopped = true;
    for (const timer of this.#timers) clearTimeout(timer);
  }

  async #try(
    target: LambdaFunction,
    event: unknown,
    policy: AsyncPolicy,
    tries: number,
    sentAtMs: number,
  ): Promise<void> {
    try {
      await target.invoke(event);
    } catch (error) {
      if (this.#isStopped) return;
      const message = error instanceof Error ? error.message : String(error);
      const ageAtNextTryMs = Date.now() - sentAtMs + retryDelayMs(tries);
      if (tries > policy.retriesMax || ageAtNextTryMs > (policy.ageMsMax ?? Number.POSITIVE_INFINITY)) {
        const name = target.options.name;
        this.#log.warn(
          name,
          `gave up after ${tries} tries${policy.onFailure ? '; event to its dead-letter queue' : ''}`,
        );
        await policy.onFailure?.(event, message).catch((cause: unknown) => {
          this.#log.warn(name, `dead-letter queue refused the event: ${String(cause)}`);
        });
        return;
      }
      const timer = setTimeout(() => {
        this.#timers.delete(timer);
        void this.#try(target, event, policy, tries + 1, sentAtMs);
      }, retryDelayMs(tries));
      timer.unref();
      this.#timers.add(timer);
    }
  }
}
