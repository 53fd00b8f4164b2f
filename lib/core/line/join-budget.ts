import { type JoinLimits, joinLimits, type NetworkLimits } from '../access/rate-limits.ts';
import { UrrError } from '../errors.ts';
import type { Networks } from './network.ts';
import type { Line, NetworkTally } from './ports.ts';

/** `own`: the next number of the line. `shared`: the number given out last; the place costs nothing of the rate. */
export type Numbering = 'own' | 'shared';

export interface JoinBudget {
  /**
   * Counts a join of a visitor without account.
   * @throws UrrError TOO_MANY_REQUESTS when the network has used up its joins; Retry-After is the window's end
   */
  take(line: Line, networks: Networks): Promise<Numbering>;
}

/** Most joins that a process takes from the shared tally at once. Unused joins of a block are lost to the network. */
const blockMax = 8;
/** Most networks in a process's memory. The oldest is dropped, and its next join counts as a first one again. */
const networksMax = 20_000;

/**
 * Joins per event and network within a window, shared by all processes.
 *
 * A process's first join of a network in a window is not written, so an ordinary visitor costs no write. From the second
 * join on, the process takes blocks of 1, 2, 4 and then 8 joins from a tally in storage by one ADD each; the first ADD
 * includes the first join. A refused network costs no write for the rest of the window.
 *
 *   at most   limit + P joins per window with P processes (across a window's edge, twice that)
 *   at least  limit ÷ 2 joins: a process takes at most twice what it has used
 */
export function createJoinBudget(deps: {
  readonly tally: NetworkTally;
  readonly nowMs: () => number;
  readonly limits?: JoinLimits;
}): JoinBudget {
  const { tally, nowMs, limits = joinLimits } = deps;
  const { windowSeconds } = limits;
  const counts = new Map<string, NetworkCount>();

  const countOf = (key: string, limit: NetworkLimits, endsAtSeconds: number): NetworkCount => {
    const known = counts.get(key);
    if (known !== undefined) return known;
    if (counts.size >= networksMax) {
      const oldest = counts.keys().next();
      if (!oldest.done) counts.delete(oldest.value);
    }
    const made = new NetworkCount((joins) => tally.add(key, joins, endsAtSeconds), limit);
    counts.set(key, made);
    return made;
  };

  return {
    async take({ eventId, generation }, networks) {
      const nowSeconds = Math.floor(nowMs() / 1000);
      const window = Math.floor(nowSeconds / windowSeconds);
      const endsAtSeconds = (window + 1) * windowSeconds;
      // The narrow network first: a join that it refuses does not count against the wide one.
      const numberings: Numbering[] = [];
      for (const width of ['narrow', 'wide'] as const) {
        const key = `${eventId}#${generation}#${networks[width]}#${window}`;
        const numbering = await countOf(key, limits[width], endsAtSeconds).take();
        if (numbering === undefined)
          throw new UrrError('TOO_MANY_REQUESTS', 'too many people join from this network; please wait', {
            retryAfterSeconds: Math.max(1, endsAtSeconds - nowSeconds),
          });
        numberings.push(numbering);
      }
      return numberings.includes('shared') ? 'shared' : 'own';
    },
  };
}

/** One process's count of one network in one window. */
class NetworkCount {
  readonly #add: (joins: number) => Promise<number>;
  readonly #limit: NetworkLimits;
  #isFirst = true;
  #unreported = 1;
  #block = 1;
  /** This process may still use the shared counts above `#used` and up to `#end`. */
  #used = 0;
  #end = 0;
  #isUsedUp = false;
  #taking: Promise<void> | undefined;

  constructor(add: (joins: number) => Promise<number>, limit: NetworkLimits) {
    this.#add = add;
    this.#limit = limit;
  }

  /** Undefined: the network's joins are used up. */
  async take(): Promise<Numbering | undefined> {
    if (this.#isFirst) {
      this.#isFirst = false;
      return 'own';
    }
    while (this.#used >= this.#end) {
      if (this.#isUsedUp) return undefined;
      // Concurrent joins wait for the same block.
      this.#taking ??= this.#takeBlock().finally(() => {
        this.#taking = undefined;
      });
      await this.#taking;
    }
    this.#used += 1;
    return this.#used <= this.#limit.ownNumbers ? 'own' : 'shared';
  }

  async #takeBlock(): Promise<void> {
    const total = await this.#add(this.#unreported + this.#block);
    // The part of the block above the limit is not given out.
    this.#end = Math.min(total, this.#limit.joins);
    this.#used = Math.min(total - this.#block, this.#end);
    this.#isUsedUp = total >= this.#limit.joins;
    this.#unreported = 0;
    this.#block = Math.min(blockMax, this.#block * 2);
  }
}
