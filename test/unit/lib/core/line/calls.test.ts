import { describe, expect, it } from 'vitest';
import { decideAdvance } from '#core/line/advance.ts';
import { callOf, reachedLevels } from '#core/line/calls.ts';
import { isCalled, isExpired } from '#core/line/position.ts';
import { initialServing } from '#core/line/serving.ts';

const startMs = 1_750_000_000_000;
const windowMs = 300_000;
const at = (seq: number) => ({ shard: 0, seq });

describe('a call', () => {
  it('a call lasts a claim window and is repeated once for the same time', () => {
    const reached = [{ level: 10, atMs: 1_000 }];
    expect(callOf(at(10), reached, windowMs, 2_000)).toEqual({ round: 1, claimByMs: 301_000 });
    expect(callOf(at(10), reached, windowMs, 301_000)).toEqual({ round: 2, claimByMs: 601_000 });
    expect(callOf(at(11), reached, windowMs, 5_000)).toEqual({ round: 1, claimByMs: 305_000 });
  });

  it.each([1, 4])('a page never shows more time than the line allows, with %i shards', (shards) => {
    const policy = {
      ratePerMinute: 120,
      claimWindowMs: windowMs,
      hold: undefined,
      opensAtMs: undefined,
      cycleMs: 10_000,
    };
    let state = initialServing(shards, startMs);
    const issued = Array.from({ length: shards }, (_, shard) => 4_000 - shard);
    const promised = new Map<string, number>();
    const lost: string[] = [];
    for (let nowMs = startMs + 10_000; nowMs <= startMs + 2_000_000; nowMs += 10_000) {
      const decision = decideAdvance(
        state,
        { issued, claimedTotal: 0 },
        { kind: 'rate-only' },
        policy,
        nowMs,
      );
      if (decision.kind === 'advance') state = decision.next;
      const reached = reachedLevels(state.checkpoints);
      for (let shard = 0; shard < shards; shard += 1)
        for (let seq = 1; seq <= 100; seq += 9) {
          const position = { shard, seq };
          const name = `${shard}:${seq}`;
          if (isExpired(position, state.expired)) {
            if (!lost.includes(name) && nowMs < (promised.get(name) ?? 0))
              throw new Error(`${name} is lost early`);
            lost.push(name);
          } else if (isCalled(position, state.serving)) {
            const { round, claimByMs } = callOf(position, reached, windowMs, nowMs);
            promised.set(name, round === 1 ? claimByMs + windowMs : claimByMs);
          }
        }
    }
    expect(new Set(lost).size).toBe(shards * 12);
  });
});
