import { api } from '../shared/addresses.ts';
import { object, text } from '../shared/decode.ts';
import { createPoller, type Next } from '../shared/poller.ts';
import { askSignedIn } from '../shared/signed-in.ts';
import type { World } from '../shared/world.ts';

/** A shopper's page gives a sign of life this often (contract/queue-http.ts); a test holds the two together. */
export const heartbeatSeconds = 30;
/** Refusals that say that there is no queue to be alive in, or no way to say it. */
const final = new Set([
  'WAITING_ROOM_INACTIVE',
  'EVENT_NOT_FOUND',
  'NOT_FOUND',
  'PASS_REQUIRED',
  'FORBIDDEN',
  'WRONG_ACCOUNT',
  'NOT_SIGNED_IN',
]);

/** Tells tier 2 that this shopper is still here, which also renews the entry token. */
export function createVisit(eventId: string, world: World) {
  const delayMs = () => heartbeatSeconds * 1000 * (0.8 + 0.2 * world.dice());
  const poller = createPoller(world, step, delayMs);
  async function step(): Promise<Next> {
    const answer = await askSignedIn(world, api.queueHeartbeat(eventId), object({ state: text }), {
      method: 'POST',
    });
    return answer.kind === 'refused' && final.has(answer.code) ? 'rest' : 'poll';
  }
  return { start: () => poller.plan(delayMs()), stop: poller.stop };
}
