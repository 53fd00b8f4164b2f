import { heartbeatSeconds, type QueueAnswer, queuePollBands } from '#contract/queue-http.ts';
import { estimateWait } from '../estimate.ts';
import { bandSeconds } from '../poll.ts';
import { paceRate } from './pace.ts';
import type { QueueTotals } from './ports.ts';

type Totals = Pick<QueueAnswer, 'currentUsers' | 'threshold' | 'nextPoll'>;

const totalsOf = ({ inside, limit }: QueueTotals, nextPoll: number): Totals => ({
  currentUsers: inside,
  threshold: limit,
  nextPoll,
});

/** The answer to someone in line. */
export function waitingAnswer(rank: number, totals: QueueTotals): QueueAnswer {
  return {
    state: 'waiting',
    position: rank + 1,
    peopleAhead: rank,
    peopleBehind: Math.max(0, totals.waiting - rank - 1),
    estimatedWait: estimateWait(rank, paceRate(totals.pace, totals.nowMs)),
    ...totalsOf(totals, bandSeconds(queuePollBands, rank)),
  };
}

/** The answer to someone who is in no line: one may join at once. */
export const absentAnswer = (totals: QueueTotals): QueueAnswer => ({
  state: 'absent',
  ...totalsOf(totals, 1),
});

/** The answer to a shopper inside. */
export const admittedAnswer = (
  eventId: string,
  admissionId: string,
  entry: { readonly token: string; readonly expiresAtMs: number },
  totals: QueueTotals,
): QueueAnswer => ({
  state: 'admitted',
  admissionId,
  entryToken: entry.token,
  entryExpiresAt: new Date(entry.expiresAtMs).toISOString(),
  redirectTo: `/seats/${eventId}`,
  ...totalsOf(totals, heartbeatSeconds),
});
