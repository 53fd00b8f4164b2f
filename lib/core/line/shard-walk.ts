import type { Line } from './ports.ts';

/** Most lines whose step a process keeps. The oldest is dropped and starts at a random shard again, so its shards fill less evenly. */
const linesMax = 1000;

/** Returns the shard of a line's next join. */
export type ShardWalk = (line: Line, shards: number) => number;

/**
 * Walks each line's shards round-robin from a random start, so the shards differ by at most one per process. With a random
 * choice the difference would grow with the square root of the joins.
 *
 * @param random a number from 0 (included) to 1 (excluded)
 */
export function createShardWalk(random: () => number): ShardWalk {
  const steps = new Map<string, number>();
  return ({ eventId, generation }, shards) => {
    const key = `${eventId}#${generation}`;
    const step = steps.get(key) ?? Math.floor(random() * shards);
    if (!steps.has(key) && steps.size >= linesMax) {
      for (const oldest of steps.keys()) {
        steps.delete(oldest);
        break;
      }
    }
    steps.set(key, (step + 1) % shards);
    return step % shards;
  };
}
