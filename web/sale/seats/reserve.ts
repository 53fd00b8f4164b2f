import { api } from '../../shared/addresses.ts';
import type { Answer, Refusal } from '../../shared/api.ts';
import { backoffDelayMs } from '../../shared/backoff.ts';
import { isShape } from '../../shared/decode.ts';
import { requestSignedIn } from '../../shared/signed-in.ts';
import type { SalePorts } from '../payment/checkout.ts';
import { type HoldAnswer, holdAnswer, reasonDetails } from './answers.ts';
import { eventHeaders, idempotencyKeyHeader } from './headers.ts';
import type { KeptSale } from './keep.ts';
import type { Wish } from './map-choice.ts';

/** After this many lost or refused tries the buyer decides; the next press uses the same key. */
const triesMax = 5;
/** A longer pause is shown to the buyer, who would see nothing happen otherwise. */
const retryAfterMaxSeconds = 10;

/** True for refusals that a repeat may overcome. A 429 with a reason is about this account, not about the load. */
function isPassing(answer: Refusal): boolean {
  if (answer.kind === 'lost') return true;
  const isQuiet = (answer.retryAfterSeconds ?? 0) <= retryAfterMaxSeconds;
  const isCrowd = answer.code === 'TOO_MANY_REQUESTS' && !isShape(answer.details, reasonDetails);
  return isQuiet && (isCrowd || answer.code === 'UNAVAILABLE' || answer.code === 'INTERNAL');
}

/**
 * Reserves a wish once (C4): repeats, a refresh and another press use the same key until an answer has come.
 */
export async function reserveOnce(
  ports: SalePorts,
  eventId: string,
  kept: KeptSale,
  wish: Wish,
): Promise<Answer<HoldAnswer>> {
  const wishJson = JSON.stringify(wish);
  const unanswered = kept.attempt();
  const attempt = unanswered?.wish === wishJson ? unanswered : { key: ports.newKey(), wish: wishJson };
  kept.keepAttempt(attempt);
  for (let tries = 1; ; tries += 1) {
    const answer = await requestSignedIn(ports, api.reserve, holdAnswer, {
      method: 'POST',
      body: wish,
      headers: { ...eventHeaders(eventId), [idempotencyKeyHeader]: attempt.key },
    });
    const isOpen = answer.kind !== 'ok' && isPassing(answer);
    // After the sign-in the page repeats the same wish.
    const isKept = isOpen || (answer.kind === 'refused' && answer.code === 'NOT_SIGNED_IN');
    if (!isKept) kept.dropAttempt();
    if (!isOpen || tries >= triesMax) return answer;
    const retryAfterSeconds = answer.kind === 'refused' ? answer.retryAfterSeconds : null;
    const delayMs = backoffDelayMs({ failures: tries, retryAfterSeconds }, ports.dice());
    await new Promise<void>((resolve) => void ports.later(resolve, delayMs));
  }
}
