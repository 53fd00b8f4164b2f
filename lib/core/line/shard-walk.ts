import type { Line } from './ports.ts';

/** Lines a process remembers its step in. More: the oldest is forgotten and starts anew, which costs only evenness. */
const linesMax = 1000;

/** Gives the shard that the next join of a line goes to. */
export type ShardWalk = (line: Line, shards: number) => number;

/**
 * Walks each line's shards in turn from a random start, so one process fills them to within one of each other, and P
 * processes to within P. Purely random choice would drift apart with the square root of the joins.
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
