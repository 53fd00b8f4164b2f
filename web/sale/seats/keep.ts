import { count, list, object, optional, type Read, type Reader, readOr, text } from '../../shared/decode.ts';
import type { PagePorts } from '../../shared/page-ports.ts';
import type { Wish } from './map-choice.ts';

/**
 * What the tab keeps of a sale over a refresh and over the provider's page: the hold with its fence, which the server
 * returns only once, and the reserve call that has no answer yet. In session storage, because both belong to one tab.
 */
type Memory = Pick<PagePorts, 'recall' | 'remember'>;

const hold = object({ reservationId: text, eventId: text, fence: count, seatIds: list(text, 20) });
export type KeptHold = Read<typeof hold>;
const attempt = object({ key: text, wish: text });
export type Attempt = Read<typeof attempt>;

/** Session storage is outside data: another release of the page may have written it. */
function read<T>(kept: string | null, reader: Reader<T>): T | null {
  try {
    return readOr(JSON.parse(kept ?? ''), reader);
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

const named = object({ seatIds: list(text, 20) });
const best = object({
  bestAvailable: object({ count, section: optional(text), grade: optional(text) }),
});

/** The wish of an unanswered attempt; null: it cannot be read, and so not repeated. */
export const wishFrom = ({ wish }: Attempt): Wish | null => read(wish, best) ?? read(wish, named);

export function keptSale(eventId: string, memory: Memory) {
  const holdKey = `urr.hold.${eventId}`;
  const attemptKey = `urr.reserve.${eventId}`;
  return {
    hold: () => read(memory.recall(holdKey), hold),
    keepHold(own: KeptHold): void {
      const { reservationId, fence, seatIds } = own;
      memory.remember(holdKey, JSON.stringify({ reservationId, eventId, fence, seatIds }));
    },
    dropHold: () => memory.remember(holdKey, ''),
    /** The reserve call without an answer. */
    attempt: () => read(memory.recall(attemptKey), attempt),
    keepAttempt: (own: Attempt) => memory.remember(attemptKey, JSON.stringify(own)),
    dropAttempt: () => memory.remember(attemptKey, ''),
  };
}
export type KeptSale = ReturnType<typeof keptSale>;
