import { UrrError } from '#core/errors.ts';
import { ExpiringCache } from '#core/expiring-cache.ts';
import { errorResponse, type HttpResponse } from './http.ts';

/** A new or just published event appears within this time, and at the edge within twice this time. */
const unknownMs = 5_000;
/** Most ids remembered, because clients can invent ids. */
const unknownMax = 10_000;

/**
 * Remembers ids without an event, separately from cached events: an invented id causes one read of the table and evicts
 * nothing.
 *
 * @param find reads an event; undefined: there is none
 */
export function cacheUnknown<Event>(
  find: (eventId: string) => Promise<Event | undefined>,
  nowMs: () => number,
): (eventId: string) => Promise<Event | undefined> {
  const unknown = new ExpiringCache<true>(unknownMax);
  return async (eventId) => {
    if (unknown.get(eventId, nowMs()) === true) return undefined;
    const event = await find(eventId);
    if (event === undefined) unknown.set(eventId, true, nowMs() + unknownMs);
    return event;
  };
}

/** Returns a public document. For an event that does not exist, returns a 404 that CloudFront also keeps for a moment. */
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
