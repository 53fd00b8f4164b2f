import { eventState } from '../shared/answers.ts';
import { count, nullable, number, object, oneOf, type Read, type Reader, text } from '../shared/decode.ts';

/**
 * The parts of lib/contract/queue-http.ts that the page reads; a test compares the two. The entry token is not read: it
 * comes as a cookie too, out of reach of scripts.
 */
const totals = { currentUsers: count, threshold: count, eventState, nextPoll: count };
const waiting = object({
  state: oneOf('waiting'),
  position: count,
  peopleAhead: count,
  peopleBehind: count,
  estimatedWait: nullable(object({ lowSeconds: number, highSeconds: number })),
  ...totals,
});
const admitted = object({ state: oneOf('admitted'), redirectTo: text, ...totals });
const absent = object({ state: oneOf('absent'), ...totals });

export type QueuePlace = Read<typeof waiting>;
export type QueueAnswer = QueuePlace | Read<typeof admitted> | Read<typeof absent>;

export const queueAnswer: Reader<QueueAnswer> = (value) => {
  switch (object({ state: text })(value).state) {
    case 'waiting':
      return waiting(value);
    case 'admitted':
      return admitted(value);
    default:
      return absent(value);
  }
};

export const leaveAnswer = object({ left: oneOf('nowhere', 'line', 'inside') });
