import { UrrError } from '#core/errors.ts';
import { unavailable } from './script.ts';

/** Visitors per script call: each takes about 10 µs of Redis's time, so other calls wait at most 0.5 ms. */
const batchSizeMax = 64;
/**
 * Batches of this size are sent at once. A call costs this process as much as ten visitors, so a near Redis receives large
 * batches and runs them while this process reads the next requests. A far Redis receives many small ones in parallel.
 */
const eagerSize = { near: 32, far: 8 };
/** A longer round trip counts as far. Within one zone it takes a third of this, between two zones twice as long. */
const farMs = 0.5;
/** Round trips measured before the distance of Redis is decided. */
const roundTripsSeen = 64;
/** Most parallel calls: enough to fill a round trip, few enough that batches grow when Redis is slow. */
const callsMax = 8;
/** Most pending items: a later one would wait longer than the time-out. */
const pendingMax = 20_000;

interface Pending<Item, Reply> {
  readonly item: Item;
  readonly resolve: (reply: Reply) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Collects the calls of one turn of the event loop into one round trip (docs/adr/0056). Each item has its own reply. If the
 * round trip fails, all of its items fail, and if Redis is unavailable also the items that wait behind it.
 */
export class Batcher<Item, Reply> {
  readonly #send: (items: readonly Item[]) => Promise<readonly Reply[]>;
  #pending: Pending<Item, Reply>[] = [];
  #calls = 0;
  #isScheduled = false;
  /** The shortest of the last round trips: longer ones waited for this process, not for Redis. */
  #roundTripMs = 0;
  #roundTrips = { count: 0, shortestMs: Number.POSITIVE_INFINITY };

  constructor(send: (items: readonly Item[]) => Promise<readonly Reply[]>) {
    this.#send = send;
  }

  ask(item: Item): Promise<Reply> {
    return new Promise((resolve, reject) => this.put(item, resolve, reject));
  }

  /** The same with callbacks instead of a promise. Neither callback may throw. */
  put(item: Item, resolve: (reply: Reply) => void, reject: (error: unknown) => void): void {
    if (this.#pending.length >= pendingMax) {
      reject(unavailable('too many requests at once; please try again'));
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
   * Flushes after all requests of this turn have been read. If a call to a near Redis is running, a small batch waits for
   * its reply and grows meanwhile (as in Nagle's algorithm).
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
      // These items have waited equally long for the same unavailable Redis.
      const behind = this.#pending;
      this.#pending = [];
      for (const { reject } of behind) reject(error);
      return;
    }
    for (let i = 0; i < batch.length; i += 1) {
      const reply = replies[i];
      if (reply === undefined)
        batch[i]?.reject(new UrrError('INTERNAL', 'the script returned fewer replies than visitors'));
      else batch[i]?.resolve(reply);
    }
  }
}
