import { pollGapMinMs } from '#core/line/poll.ts';
import { api } from '../../shared/addresses.ts';
import { count, object, text } from '../../shared/decode.ts';
import type { PagePorts } from '../../shared/page-ports.ts';
import { createPoller, type Next } from '../../shared/poller.ts';
import { requestSignedIn } from '../../shared/signed-in.ts';
import type { SalePhase } from './sale-view.ts';

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

const standing = object({ state: text, nextPoll: count });
/** Inside, and nothing is held: the place may be given back when the page is closed. */
const idle: readonly SalePhase[] = ['loading', 'choosing'];

/** Kept in this tab: its shopper was inside, and stands in line through no fault of theirs. */
export const wasInsideKey = (eventId: string) => `urr.inside.${eventId}`;

/** Tells tier 2 that this shopper is still here, which also renews the entry token, and that the page was closed. */
export function createVisit(
  eventId: string,
  ports: PagePorts,
  /** `outside`: the queue lost its data and is full, so this shopper waits at the head of the line (docs/adr/0105). */
  sale: { phase(): SalePhase; outside(): void },
) {
  const delayMs = () => heartbeatSeconds * 1000 * (0.8 + 0.2 * ports.dice());
  const poller = createPoller(ports, step, delayMs);
  async function step(): Promise<Next> {
    const answer = await requestSignedIn(ports, api.queueHeartbeat(eventId), standing, { method: 'POST' });
    if (answer.kind === 'refused' && final.has(answer.code)) return 'rest';
    if (answer.kind !== 'ok' || answer.value.state !== 'waiting') return 'poll';
    ports.remember(wasInsideKey(eventId), '1');
    sale.outside();
    return Math.max(pollGapMinMs, answer.value.nextPoll * 1000);
  }
  return {
    // At once: a refresh takes back what the closed page said.
    start: () => poller.plan(0),
    stop: poller.stop,
    reportClosed() {
      if (idle.includes(sale.phase())) ports.sendBeacon(api.queueAway(eventId));
    },
  };
}
