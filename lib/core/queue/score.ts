import { shardsMax } from '#contract/event.ts';
import type { Position } from '../line/position.ts';

/**
 * A position as one number that sorts as the line does: by seq, then by shard. Exact in a double up to seq 2^46, and
 * below the scores of those without a position (lua/queue/enter.lua, SEQUENCE_BASE = 2^52).
 */
export const scoreOf = ({ seq, shard }: Position): number => seq * shardsMax + shard;
/** A larger number would meet the scores of those without a position. */
export const seqMax = 2 ** 46 - 1;
