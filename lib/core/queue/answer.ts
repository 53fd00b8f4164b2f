import type { EventState } from '#contract/event.ts';
import { heartbeatSeconds, type QueueAnswer, queuePollBands } from '#contract/queue-http.ts';
import { estimateWait } from '../line/estimate.ts';
import { bandSeconds } from '../line/poll.ts';
import { paceRate } from './pace.ts';
import type { QueueTotals } from './ports.ts';

type Shared = Pick<QueueAnswer, 'currentUsers' | 'threshold' | 'eventState' | 'nextPoll'>;

/** The part of an event that a response contains. */
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

/** Response to a visitor in line. */
export function waitingAnswer(event: ShownEvent, rank: number, totals: QueueTotals): QueueAnswer {
  return {
    state: 'waiting',
    position: rank + 1,
    peopleAhead: rank,
    peopleBehind: Math.max(0, totals.waiting - rank - 1),
    estimatedWait: estimateWait(rank, paceRate(totals.pace, totals.limit, totals.nowMs)),
    // Not spread from `shared`: this object is created tens of thousands of times per second.
    currentUsers: totals.inside,
    threshold: event.threshold,
    eventState: event.state,
    nextPoll: bandSeconds(queuePollBands, rank),
  };
}

/** Response to a visitor without a place, who may join at once. */
export const absentAnswer = (event: ShownEvent, totals: QueueTotals): QueueAnswer => ({
  state: 'absent',
  ...shared(event, totals, 1),
});

/** Response to a shopper inside. */
export const admittedAnswer = (
  event: ShownEvent,
  admissionId: string,
  entry: {
    /** Undefined: only the cookie has the token. */
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
