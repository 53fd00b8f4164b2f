import { shardsMax } from '#contract/event.ts';
import type { Position } from '../line/position.ts';

/**
 * A position as one number in the order of the line: seq, then shard. Exact in a double up to seq 2^46, and below every
 * score of a visitor without a position (lua/queue/enter.lua, SEQUENCE_BASE = 2^52).
 */
export const scoreOf = ({ seq, shard }: Position): number => seq * shardsMax + shard;
/** Largest seq whose score is below the scores of visitors without a position. */
export const seqMax = 2 ** 46 - 1;
