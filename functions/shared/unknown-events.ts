import { UrrError } from '#core/errors.ts';
import { Remembered } from '#core/queue/remembered.ts';
import { errorResponse, type HttpResponse } from './http.ts';

/** An event that is made or published now is seen after this at the latest, and as long again at the edge. */
const unknownMs = 5_000;
/** Ids remembered at once: anybody can make ids up. */
const unknownMax = 10_000;

/**
 * Remembers ids that name no event, apart from what is kept of events: made-up ids make us read the table once each, and
 * push nothing out.
 *
 * @param find reads an event; undefined: there is none
 */
export function rememberingUnknown<Event>(
  find: (eventId: string) => Promise<Event | undefined>,
  nowMs: () => number,
): (eventId: string) => Promise<Event | undefined> {
  const unknown = new Remembered<true>(unknownMax);
  return async (eventId) => {
    if (unknown.get(eventId, nowMs()) === true) return undefined;
    const event = await find(eventId);
    if (event === undefined) unknown.set(eventId, true, nowMs() + unknownMs);
    return event;
  };
}

/** Answers a public document; of an event that does not exist with a 404 that CloudFront keeps for a moment too. */
export async function answerPublicly(answer: () => Promise<HttpResponse>): Promise<HttpResponse> {
  try {
    return await answer();
  } catch (error) {
    if (!(error instanceof UrrError && error.code === 'EVENT_NOT_FOUND')) throw error;
    const refusal = errorResponse(error);
    const cached = { 'cache-control': `public, max-age=${unknownMs / 1000}` };
    return { ...refusal, headers: { ...refusal.headers, ...cached } };
  }
}
