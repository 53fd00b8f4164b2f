import type { Redis } from 'ioredis';
import { pollBands } from '#contract/line-http.ts';
import { queuePollBands } from '#contract/queue-http.ts';
import { estimateWait } from '#core/line/estimate.ts';
import { type PollBand, pollDelayMs } from '#core/line/poll.ts';
import type { Line } from '#core/line/ports.ts';
import { isCalled, peopleAhead } from '#core/line/position.ts';
import { statusDocument } from '#core/line/status.ts';
import { waitingAnswer } from '#core/queue/answer.ts';
import type { TickReply } from '#core/queue/ports.ts';
import { advanceEvent } from '../../functions/counter-advancer/advance-event.ts';
import { createMemoryLine } from '../support/line/memory-line.ts';
import { countingTelemetry, testEvent } from '../support/line/vwr-api.ts';
import { queueHarness, testPolicy } from '../support/queue/harness.ts';
import { seededRandom } from '../support/random.ts';
import type { RedisServer } from '../support/servers/redis.ts';
import { Agenda } from '../support/time/agenda.ts';
import { EstimateBook, type EstimatesSeen } from './estimate-book.ts';

/** A sale through line and queue. Times in seconds. */
export interface FlowPlan {
  readonly name: string;
  readonly seed: number;
  readonly visitors: number;
  readonly limit: number;
  readonly cycle: number;
  readonly stayMean: number;
  readonly ratePerMinute: number;
  /** `waiting`: visitors sign in while they wait in the line. `between`: after their call. */
  readonly signsIn: 'before' | 'waiting' | 'between';
  readonly signInMean: number;
  /** Share of the called visitors who never come. */
  readonly noShowShare: number;
  /** Start of a pause after the opening, and its length. */
  readonly pause?: { readonly at: number; readonly length: number };
}

export interface FlowSeen extends EstimatesSeen {
  /** Seconds from joining the queue to the admission, sorted. */
  readonly waits: readonly number[];
  /**
   * Mean share of the limit in use while people wait in the line, from a minute after the opening and after a pause.
   */
  readonly used: number;
  readonly insideMax: number;
  readonly served: number;
  readonly seconds: number;
}

/** Time from the first join to the opening. All visitors have joined after twice this time. */
const opensAfter = 30;
/** Time in which the queue fills up. It does not count for the share in use. */
const ramp = 60;
const secondsMax = 7_200;
/** Time from a call to the page of the queue: one or two page loads. */
const pageLoad = 2;
const heartbeat = 30;

/**
 * Plays a sale second by second in virtual time: the advancer's code on stores in memory, the queue's scripts on a real
 * Redis whose clock is the simulation's, and visitors whose pages poll by their own rules.
 */
export async function simulateFlow(server: RedisServer, look: Redis, plan: FlowPlan): Promise<FlowSeen> {
  const random = seededRandom(plan.seed);
  const exponential = (mean: number) => -Math.log(1 - random()) * mean;
  const q = await queueHarness(server, look, { ...testPolicy, coldWaitMs: 0 });
  await q.open(plan.limit);
  const startMs = q.nowMs;
  const opensAt = new Date(startMs + opensAfter * 1000).toISOString();
  let event = testEvent({
    eventId: q.line.eventId,
    threshold: plan.limit,
    ratePerMinute: plan.ratePerMinute,
    opensAt,
  });
  const line: Line = event;
  const { counters, setCapacity } = createMemoryLine();
  const nowMs = () => q.nowMs;
  const deps = { counters, telemetry: countingTelemetry(), cycleMs: plan.cycle * 1000, nowMs };
  await advanceEvent(deps, event);

  const agenda = new Agenda();
  const waits: number[] = [];
  const first = new EstimateBook();
  const second = new EstimateBook();
  const enteredAt = new Map<number, number>();
  const seen = { insideMax: 0, used: 0, usedSeconds: 0, served: 0 };
  let inLine = 0;
  let isPaused = false;
  const isOpen = (at: number) => at >= opensAfter && !isPaused;

  const next = (at: number, bands: readonly PollBand[], ahead: number) => {
    const state = isPaused ? 'paused' : at < opensAfter ? 'upcoming' : 'open';
    const situation = {
      peopleAhead: ahead,
      state,
      msUntilOpening: (opensAfter - at) * 1000,
      failures: 0,
      retryAfterSeconds: null,
    } as const;
    return at + Math.max(1, Math.round(pollDelayMs(situation, bands, random()) / 1000));
  };

  const enter = async (at: number, seq: number): Promise<void> => {
    if (!enteredAt.has(seq)) enteredAt.set(seq, at);
    const { standing, totals } = await q.enter(`u.${seq}`, seq, { requestId: `r${seq}` });
    if (standing.kind === 'waiting') {
      const shown = { eventId: event.eventId, threshold: event.threshold, state: 'open' } as const;
      const answer = waitingAnswer(shown, standing.rank, totals);
      if (answer.state === 'waiting' && isOpen(at))
        second.add(seq, at, answer.estimatedWait, answer.peopleAhead);
      agenda.at(next(at, queuePollBands, standing.rank), (now) => enter(now, seq));
      return;
    }
    second.ended(seq, at);
    const since = enteredAt.get(seq) ?? at;
    waits.push(at - since - second.stoodBetween(since, at));
    const stay = Math.max(1, Math.round(5 + exponential(plan.stayMean - 5)));
    for (let beat = heartbeat; beat < stay; beat += heartbeat)
      agenda.at(at + beat, async () => void (await q.heartbeat(`u.${seq}`)));
    agenda.at(at + stay, async () => {
      seen.served += 1;
      await q.queue.leave(q.line, `u.${seq}`);
    });
  };

  const claimAndEnter = (at: number, seq: number, signedInAt: number): void => {
    inLine -= 1;
    first.ended(seq, at);
    if (random() < plan.noShowShare) return;
    const readyAt = plan.signsIn === 'between' ? at + exponential(plan.signInMean) : Math.max(at, signedInAt);
    // Visitors who sign in while they wait get the pass when they can come.
    const claimsAt = plan.signsIn === 'between' ? at : Math.ceil(readyAt);
    agenda.at(claimsAt, () => counters.addClaimed(line, 0));
    agenda.at(Math.ceil(readyAt) + pageLoad, (now) => enter(now, seq));
  };

  const pollLine = async (at: number, seq: number, signedInAt: number): Promise<void> => {
    const state = await counters.serving(line, 'recent');
    const status = statusDocument(event, state, q.nowMs);
    const place = { shard: 0, seq };
    if (isCalled(place, status.serving)) return claimAndEnter(at, seq, signedInAt);
    const ahead = peopleAhead(place, status.issued, status.serving);
    if (isOpen(at)) first.add(seq, at, estimateWait(ahead, status.ratePerMinute), ahead);
    agenda.at(next(at, pollBands, ahead), (now) => pollLine(now, seq, signedInAt));
  };

  const publish = ({ kind, totals, arrived }: TickReply): void => {
    if (kind === 'already-ran') return;
    const free = isPaused ? 0 : Math.max(0, plan.limit - totals.inside);
    setCapacity(line, { free, active: totals.inside, queued: totals.waiting, arrived, updatedAtMs: q.nowMs });
  };

  for (let join = 0; join < plan.visitors; join += 1) {
    const at = 1 + Math.floor((join / plan.visitors) * 2 * opensAfter);
    agenda.at(at, async (now) => {
      const seq = await counters.allocate(line, 0);
      inLine += 1;
      const signedInAt = plan.signsIn === 'before' ? now : now + exponential(plan.signInMean);
      await pollLine(now, seq, signedInAt);
    });
  }

  let at = 1;
  let pausedAt = Number.NaN;
  let openedAt = opensAfter;
  for (; at <= secondsMax; at += 1) {
    const { pause } = plan;
    if (pause !== undefined) {
      const wasPaused = isPaused;
      const sinceOpening = at - opensAfter;
      isPaused = sinceOpening >= pause.at && sinceOpening < pause.at + pause.length;
      event = { ...event, isPaused };
      if (isPaused && !wasPaused) pausedAt = at;
      if (!isPaused && wasPaused) {
        openedAt = at;
        for (const book of [first, second]) book.stoodStill(pausedAt, at);
      }
    }
    const tick = await q.tick(at < opensAfter || isPaused ? 0 : plan.limit);
    publish(tick);
    await advanceEvent(deps, event, at % plan.cycle !== 0);
    await agenda.run(at);
    seen.insideMax = Math.max(seen.insideMax, tick.totals.inside);
    if (at > 2 * opensAfter && inLine === 0 && agenda.isEmpty()) break;
    if (isPaused || at <= openedAt + ramp || inLine === 0) continue;
    seen.used += tick.totals.inside / plan.limit;
    seen.usedSeconds += 1;
  }
  return {
    waits: waits.sort((a, b) => a - b),
    used: seen.used / Math.max(1, seen.usedSeconds),
    insideMax: seen.insideMax,
    served: seen.served,
    seconds: at,
    ...EstimateBook.seen([first, second], opensAfter + ramp),
  };
}
