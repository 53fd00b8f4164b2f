import { UrrError } from '#core/errors.ts';
import { unavailable } from './script.ts';

/** Visitors in one script call: some 10 µs of Redis's time each, so others wait half a millisecond at most. */
const batchSizeMax = 64;
/**
 * So many are sent without waiting for more. A call costs us as much as ten visitors, so a Redis that is near gets large
 * ones, and works on them while we read the next requests. One that is far gets many small ones, which fill the way.
 */
const eagerSize = { near: 32, far: 8 };
/** Within one zone a round trip takes a third of this, between two zones twice as long. */
const farMs = 0.5;
/** Round trips looked at before saying how far Redis is. */
const roundTripsSeen = 64;
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
 * Gathers what is asked during one turn of the event loop into one round trip (docs/adr/0056). Each item is answered on its own; if the
 * round trip fails, so do all of its items, and those that still wait behind it if Redis is away.
 */
export class Batcher<Item, Reply> {
  readonly #send: (items: readonly Item[]) => Promise<readonly Reply[]>;
  #pending: Pending<Item, Reply>[] = [];
  #calls = 0;
  #isScheduled = false;
  /** The shortest of the last round trips: longer ones waited for us, not for Redis. */
  #roundTripMs = 0;
  #roundTrips = { count: 0, shortestMs: Number.POSITIVE_INFINITY };

  constructor(send: (items: readonly Item[]) => Promise<readonly Reply[]>) {
    this.#send = send;
  }

  ask(item: Item): Promise<Reply> {
    return new Promise((resolve, reject) => this.put(item, resolve, reject));
  }

  /** As ask. Neither function may throw. */
  put(item: Item, resolve: (reply: Reply) => void, reject: (error: unknown) => void): void {
    if (this.#pending.length >= pendingMax) {
      reject(unavailable('too many at once, please try again'));
      return;
    }
    this.#pending.push({ item, resolve, reject });
    if (this.#isEnough()) this.#flush();
    else this.#flushSoon();
  }

  #isEnough(): boolean {
    return this.#pending.length >= (this.#roundTripMs < farMs ? eagerSize.near : eagerSize.far);
  }

  /**
   * After all that arrived in this turn has been read. While a near Redis works on a call, a few wait for its answer, which
   * is about as long as it takes until they are enough (as in Nagle's algorithm).
   */
  #flushSoon(): void {
    if (this.#isScheduled || this.#pending.length === 0) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      if (this.#calls === 0 || this.#roundTripMs >= farMs || this.#isEnough()) this.#flush();
    });
  }

  #flush(): void {
    while (this.#calls < callsMax && this.#pending.length > 0) {
      const batch = this.#pending.splice(0, batchSizeMax);
      const sentAtMs = performance.now();
      this.#calls += 1;
      this.#settle(batch).finally(() => {
        this.#calls -= 1;
        this.#measure(performance.now() - sentAtMs);
        this.#flushSoon();
      });
    }
  }

  #measure(roundTripMs: number): void {
    const { count, shortestMs } = this.#roundTrips;
    this.#roundTrips = { count: count + 1, shortestMs: Math.min(shortestMs, roundTripMs) };
    if (this.#roundTrips.count < roundTripsSeen) return;
    this.#roundTripMs = this.#roundTrips.shortestMs;
    this.#roundTrips = { count: 0, shortestMs: Number.POSITIVE_INFINITY };
  }

  async #settle(batch: readonly Pending<Item, Reply>[]): Promise<void> {
    let replies: readonly Reply[];
    try {
      replies = await this.#send(batch.map(({ item }) => item));
    } catch (error) {
      for (const { reject } of batch) reject(error);
      const isAway = error instanceof UrrError && error.code === 'UNAVAILABLE';
      if (!isAway) return;
      // They have waited as long as these, for the same silence.
      const behind = this.#pending;
      this.#pending = [];
      for (const { reject } of behind) reject(error);
      return;
    }
    for (let i = 0; i < batch.length; i += 1) {
      const reply = replies[i];
      if (reply === undefined) batch[i]?.reject(new UrrError('INTERNAL', 'a reply is missing'));
      else batch[i]?.resolve(reply);
    }
  }
}
