/**
 * Positions in a sharded line. A position is (shard, seq); the line's order is seq, then shard, so the shards are called
 * level by level. Pure and without dependencies: the waiting page uses it too.
 */
export interface Position {
  readonly shard: number;
  /** 1 is the first of its shard. */
  readonly seq: number;
}

/** One number per shard. A missing number counts as 0. */
export type Vector = readonly number[];

/** Order of the line: negative when `a` is called before `b`. */
export const compareByLevel = (a: Position, b: Position): number => a.seq - b.seq || a.shard - b.shard;

export const total = (vector: Vector): number => vector.reduce((sum, n) => sum + n, 0);

/** The position's shard has been called at least to its number. */
export const isCalled = ({ shard, seq }: Position, serving: Vector): boolean => seq <= (serving[shard] ?? 0);

/** Called so long ago that an unclaimed place is lost. */
export const isExpired = ({ shard, seq }: Position, expired: Vector): boolean => seq <= (expired[shard] ?? 0);

/**
 * Estimates the numbers given out per shard as of now. `issued` is a cycle old, and a position above it proves that its
 * shard has grown since. Joins spread evenly, so the other shards are assumed to have grown by as much.
 */
function issuedNow(position: Position, issued: Vector): number[] {
  const growth = Math.max(0, position.seq - (issued[position.shard] ?? 0));
  return issued.map((n) => n + growth);
}

/** Highest number of `shard` that precedes `position` in the line's order. */
const capBefore = (position: Position, shard: number): number =>
  shard < position.shard ? position.seq : position.seq - 1;

/** Rank in the whole line, 1 at the front: one more than the numbers given out before it. */
export function rank(position: Position, issued: Vector): number {
  const known = issuedNow(position, issued);
  return 1 + known.reduce((sum, n, shard) => sum + Math.min(n, capBefore(position, shard)), 0);
}

/** People before `position` who have not been called; 0 when it is next or has been called. */
export function peopleAhead(position: Position, issued: Vector, serving: Vector): number {
  if (isCalled(position, serving)) return 0;
  const known = issuedNow(position, issued);
  return known.reduce(
    (sum, n, shard) => sum + Math.max(0, Math.min(n, capBefore(position, shard)) - (serving[shard] ?? 0)),
    0,
  );
}

/** People who joined and were not called. */
export const waitingTotal = (issued: Vector, serving: Vector): number =>
  issued.reduce((sum, n, shard) => sum + Math.max(0, n - (serving[shard] ?? 0)), 0);

/**
 * Calls up to `count` people: raises the lowest levels first, never past `issued`.
 *
 * Returns the new serving vector, in which no number is smaller than before, and how many people were called. Cost is
 * O(shards × log highest seq), independent of `count`.
 */
export function raise(serving: Vector, issued: Vector, count: number): { serving: number[]; called: number } {
  const atLevel = (level: number) => issued.map((n, shard) => levelled(serving[shard] ?? 0, n, level));
  const before = total(issued.map((_, shard) => serving[shard] ?? 0));
  const highest = issued.reduce((most, n) => Math.max(most, n), 0);
  let low = 0;
  let high = highest;
  // Highest level whose whole cost fits in count; the range halves each time.
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (total(atLevel(middle)) - before <= count) low = middle;
    else high = middle - 1;
  }
  const next = atLevel(low);
  let left = count - (total(next) - before);
  for (const [shard, n] of issued.entries()) {
    const reached = next[shard] ?? 0;
    if (left <= 0 || reached !== low || n <= low) continue;
    next[shard] = reached + 1;
    left -= 1;
  }
  return { serving: next, called: total(next) - before };
}

/** A shard's serving number after a call up to `level`: never lower than before, never past the numbers given out. */
const levelled = (serving: number, issued: number, level: number): number =>
  Math.max(serving, Math.min(issued, level));
