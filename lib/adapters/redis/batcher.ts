import { UrrError } from '#core/errors.ts';
import { unavailable } from './script.ts';

/** Visitors in one script call: some 10 µs of Redis's time each, so others wait half a millisecond at most. */
export const batchSizeMax = 64;
/** So many are sent without waiting for more, so that Redis works on them while we read the next requests. */
const eagerSize = 32;
/** Calls under way at once: enough to fill a round trip, few enough that a slow Redis makes batches grow instead. */
const callsMax = 8;
/** Who comes when this many wait already would wait longer than the time-out. */
const pendingMax = 20_000;

interface Pending<Item, Reply> {
  readonly item: Item;
  readonly resolve: (reply: Reply) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Gathers what is asked during one turn of the event loop into one round trip. Each item is answered on its own; if the
 * round trip fails, so do all of its items, and those that still wait behind it if Redis is away.
 */
export class Batcher<Item, Reply> {
  readonly #send: (items: readonly Item[]) => Promise<readonly Reply[]>;
  #pending: Pending<Item, Reply>[] = [];
  #calls = 0;
  #isScheduled = false;

  constructor(send: (items: readonly Item[]) => Promise<readonly Reply[]>) {
    this.#send = send;
  }

  ask(item: Item): Promise<Reply> {
    return new Promise((resolve, reject) => {
      if (this.#pending.length >= pendingMax) {
        reject(unavailable('too many at once, please try again'));
        return;
      }
      this.#pending.push({ item, resolve, reject });
      if (this.#pending.length >= eagerSize) this.#flush();
      else this.#flushSoon();
    });
  }

  /**
   * After all that arrived in this turn has been read. While Redis works on a call, fewer than `eagerSize` wait for its
   * answer, which is about as long as it takes until there are enough (as in Nagle's algorithm).
   */
  #flushSoon(): void {
    if (this.#isScheduled || this.#pending.length === 0) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      if (this.#calls === 0 || this.#pending.length >= eagerSize) this.#flush();
    });
  }

  #flush(): void {
    while (this.#calls < callsMax && this.#pending.length > 0) {
      const batch = this.#pending.splice(0, batchSizeMax);
      this.#calls += 1;
      this.#settle(batch).finally(() => {
        this.#calls -= 1;
        this.#flushSoon();
      });
    }
  }

  async #settle(batch: readonly Pending<Item, Reply>[]): Promise<void> {
    try {
      const replies = await this.#send(batch.map(({ item }) => item));
      for (let i = 0; i < batch.length; i += 1) {
        const reply = replies[i];
        if (reply === undefined) batch[i]?.reject(new UrrError('INTERNAL', 'a reply is missing'));
        else batch[i]?.resolve(reply);
      }
    } catch (error) {
      for (const { reject } of batch) reject(error);
      const isAway = error instanceof UrrError && error.code === 'UNAVAILABLE';
      if (!isAway) return;
      // They have waited as long as these, for the same silence.
      const behind = this.#pending;
      this.#pending = [];
      for (const { reject } of behind) reject(error);
    }
  }
}
