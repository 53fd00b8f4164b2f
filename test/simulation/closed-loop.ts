import type { Redis } from 'ioredis';
import { queuePollBands } from '#contract/queue-http.ts';
import { decideAdvance } from '#core/line/advance.ts';
import type { Capacity } from '#core/line/capacity.ts';
import { bandSeconds } from '#core/line/poll.ts';
import { total } from '#core/line/position.ts';
import { initialServing } from '#core/line/serving.ts';
import { queueHarness, testPolicy } from '../support/queue/harness.ts';
import { seededRandom } from '../support/random.ts';
import type { RedisServer } from '../support/servers/redis.ts';
import { Agenda } from '../support/time/agenda.ts';

export interface SalePlan {
  readonly seed: number;
  readonly visitors: number;
  readonly threshold: number;
  /** Share of the called visitors who never come. */
  readonly noShowShare: number;
  readonly shoppingMeanSeconds: number;
  readonly ratePerMinute: number;
  readonly claimWindowSeconds: number;
  /** `open`: tier 1 calls at its rate, whatever tier 2 has room for. */
  readonly loop: 'closed' | 'open';
  /** The simulation ends at this second even if people still wait. */
  readonly secondsMax: number;
}

export interface SaleSeen {
  /** Seconds from joining tier 2's queue to the admission, sorted. */
  readonly waits: readonly number[];
  /** Mean share of the limit in use, from one minute after the opening until the last visitor was called. */
  readonly usedShare: number;
  readonly insideMax: number;
  readonly queuedMax: number;
  readonly served: number;
  readonly called: number;
  readonly seconds: number;
}

const cycleSeconds = 10;
const rampSeconds = 60;

/**
 * A sale in virtual time, second by second: tier 1's rule (decideAdvance), tier 2's scripts on a real Redis whose clock
 * is the simulation's, and visitors who notice a call late, sign in slowly, never come, or shop for different times.
 */
export async function simulateSale(server: RedisServer, look: Redis, plan: SalePlan): Promise<SaleSeen> {
  const random = seededRandom(plan.seed);
  const q = await queueHarness(server, look, { ...testPolicy, coldWaitMs: 0 });
  await q.open(plan.threshold);
  const startMs = q.nowMs;
  const agenda = new Agenda();
  const waits: number[] = [];
  const enteredAt = new Map<number, number>();
  let claimed = 0;
  let served = 0;
  let serving = initialServing(1, startMs);
  const totals = { inside: 0, queued: 0 };
  const seen = { insideMax: 0, queuedMax: 0, used: 0, usedSeconds: 0 };

  const enter = async (second: number, seq: number): Promise<void> => {
    if (!enteredAt.has(seq)) enteredAt.set(seq, second);
    const { standing } = await q.enter(`u.${seq}`, seq, { requestId: `r${seq}` });
    if (standing.kind === 'waiting') {
      agenda.at(second + bandSeconds(queuePollBands, standing.rank), (now) => enter(now, seq));
      return;
    }
    waits.push(second - (enteredAt.get(seq) ?? second));
    const stay = Math.max(5, Math.round(-Math.log(1 - random()) * plan.shoppingMeanSeconds));
    for (let beat = 30; beat < stay; beat += 30)
      agenda.at(second + beat, async () => void (await q.heartbeat(`u.${seq}`)));
    agenda.at(second + stay, async () => {
      served += 1;
      // Some visitors close the tab instead of leaving, and their place becomes free only after the time-out.
      if (random() >= 0.02) await q.queue.leave(q.line, `u.${seq}`);
    });
  };
  const call = (second: number, seq: number): void => {
    if (random() < plan.noShowShare) return;
    const noticed = second + Math.ceil(1 + random() * 5 + (random() < 0.05 ? random() * 60 : 0));
    agenda.at(noticed, async () => {
      claimed += 1;
    });
    agenda.at(noticed + Math.ceil(2 + random() * 10), (now) => enter(now, seq));
  };
  const cycle = (second: number): void => {
    const nowMs = startMs + second * 1000;
    const capacity: Capacity =
      plan.loop === 'open'
        ? { kind: 'rate-only' }
        : {
            kind: 'closed-loop',
            free: Math.max(0, plan.threshold - totals.inside),
            queued: totals.queued,
            active: totals.inside,
            arrived: enteredAt.size,
            limit: plan.threshold,
            updatedAtMs: nowMs - 1000,
          };
    const policy = {
      ratePerMinute: plan.ratePerMinute,
      claimWindowMs: plan.claimWindowSeconds * 1000,
      hold: undefined,
      opensAtMs: undefined,
      cycleMs: cycleSeconds * 1000,
    };
    const before = total(serving.serving);
    const decision = decideAdvance(
      serving,
      { issued: [plan.visitors], claimedTotal: claimed },
      capacity,
      policy,
      nowMs,
    );
    if (decision.kind === 'nothing') return;
    serving = decision.next;
    for (let seq = before + 1; seq <= total(serving.serving); seq += 1) call(second, seq);
  };

  let second = 1;
  for (; second <= plan.secondsMax; second += 1) {
    const isCalling = total(serving.serving) < plan.visitors;
    if (!isCalling && agenda.isEmpty()) break;
    const tick = await q.tick(plan.threshold);
    totals.inside = tick.totals.inside;
    totals.queued = tick.totals.waiting;
    if (second % cycleSeconds === 0) cycle(second);
    await agenda.run(second);
    seen.insideMax = Math.max(seen.insideMax, totals.inside);
    seen.queuedMax = Math.max(seen.queuedMax, totals.queued);
    if (second <= rampSeconds || !isCalling) continue;
    seen.used += totals.inside / plan.threshold;
    seen.usedSeconds += 1;
  }
  return {
    waits: waits.sort((a, b) => a - b),
    usedShare: seen.used / Math.max(1, seen.usedSeconds),
    insideMax: seen.insideMax,
    queuedMax: seen.queuedMax,
    served,
    called: total(serving.serving),
    seconds: second,
  };
}

export const quantile = (sorted: readonly number[], share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
