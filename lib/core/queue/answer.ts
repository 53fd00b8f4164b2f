import type { EventState } from '#contract/event.ts';
import { heartbeatSeconds, type QueueAnswer, queuePollBands } from '#contract/queue-http.ts';
import { estimateWait } from '../line/estimate.ts';
import { bandSeconds } from '../line/poll.ts';
import { paceRate } from './pace.ts';
import type { QueueTotals } from './ports.ts';

type Shared = Pick<QueueAnswer, 'currentUsers' | 'threshold' | 'eventState' | 'nextPoll'>;

/** The event as an answer shows it. */
export interface ShownEvent {
  readonly eventId: string;
  readonly threshold: number;
  readonly state: EventState;
}

const shared = (event: ShownEvent, { inside }: QueueTotals, nextPoll: number): Shared => ({
  currentUsers: inside,
  threshold: event.threshold,
  eventState: event.state,
  nextPoll,
});

/** The answer to someone in line. */
export function waitingAnswer(event: ShownEvent, rank: number, totals: QueueTotals): QueueAnswer {
  return {
    state: 'waiting',
    position: rank + 1,
    peopleAhead: rank,
    peopleBehind: Math.max(0, totals.waiting - rank - 1),
    estimatedWait: estimateWait(rank, paceRate(totals.pace, totals.limit, totals.nowMs)),
    // Spelt out: this answer is made tens of thousands of times a second.
    currentUsers: totals.inside,
    threshold: event.threshold,
    eventState: event.state,
    nextPoll: bandSeconds(queuePollBands, rank),
  };
}

/** The answer to someone who is in no line: one may join at once. */
export const absentAnswer = (event: ShownEvent, totals: QueueTotals): QueueAnswer => ({
  state: 'absent',
  ...shared(event, totals, 1),
});

/** The answer to a shopper inside. */
export const admittedAnswer = (
  event: ShownEvent,
  admissionId: string,
  entry: {
    /** Undefined: the token travels as a cookie alone. */
    readonly token: string | undefined;
    readonly expiresAtMs: number;
  },
  totals: QueueTotals,
): QueueAnswer => ({
  state: 'admitted',
  admissionId,
  ...(entry.token === undefined ? {} : { entryToken: entry.token }),
  entryExpiresAt: new Date(entry.expiresAtMs).toISOString(),
  redirectTo: `/seats/${event.eventId}`,
  ...shared(event, totals, heartbeatSeconds),
});
