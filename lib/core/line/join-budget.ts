import { type JoinLimits, joinLimits, type NetworkLimits } from '../access/rate-limits.ts';
import { UrrError } from '../errors.ts';
import type { Networks } from './network.ts';
import type { Line, NetworkTally } from './ports.ts';

/** `own`: the next number of the line. `shared`: the number given out last, and no more of the rate than its owner takes. */
export type Numbering = 'own' | 'shared';

export interface JoinBudget {
  /**
   * Counts a join of a visitor without account.
   * @throws UrrError TOO_MANY_REQUESTS when the network has used up its joins; Retry-After is the window's end
   */
  take(line: Line, networks: Networks): Promise<Numbering>;
}

/** Joins that a process takes from the shared tally at once, at most: what it does not use is lost to the network. */
const blockMax = 8;
/** Networks that a process remembers. The oldest is forgotten, and its next join is a first one again. */
const networksMax = 20_000;

/**
 * Joins per event and network within a window, shared by all processes.
 *
 * A process's first join of a network in a window is free: an ordinary visitor costs no write. From the second on it takes
 * blocks of 1, 2, 4 and then 8 joins from a tally in storage, one ADD each; the first one is reported with it.
 * A refused network costs nothing for the rest of the window.
 *
 *   at most   limit + P joins in a window, P processes having met the network (and twice that across a window's edge)
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
      // The narrow network first: one that is refused uses up nothing of the wide one.
      const numberings: Numbering[] = [];
      for (const width of ['narrow', 'wide'] as const) {
        const key = `${eventId}#${generation}#${networks[width]}#${window}`;
        const numbering = await countOf(key, limits[width], endsAtSeconds).take();
        if (numbering === undefined)
          throw new UrrError('TOO_MANY_REQUESTS', 'too many people join from this network, please wait', {
            retryAfterSeconds: Math.max(1, endsAtSeconds - nowSeconds),
          });
        numberings.push(numbering);
      }
      return numberings.includes('shared') ? 'shared' : 'own';
    },
  };
}

/** What one process knows of one network in one window. */
class NetworkCount {
  readonly #add: (joins: number) => Promise<number>;
  readonly #limit: NetworkLimits;
  #isFirst = true;
  #unreported = 1;
  #block = 1;
  /** The tally's counts that this process may still use: above `#used`, up to `#end`. */
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
      // Those who ask meanwhile wait for the same block.
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
    // What was added beyond the limit is nobody's.
    this.#end = Math.min(total, this.#limit.joins);
    this.#used = Math.min(total - this.#block, this.#end);
    this.#isUsedUp = total >= this.#limit.joins;
    this.#unreported = 0;
    this.#block = Math.min(blockMax, this.#block * 2);
  }
}
