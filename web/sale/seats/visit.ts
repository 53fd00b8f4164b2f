import { pollGapMinMs } from '#core/line/poll.ts';
import { api } from '../../shared/addresses.ts';
import { count, object, text } from '../../shared/decode.ts';
import type { PagePorts } from '../../shared/page-ports.ts';
import { createPoller, type Next } from '../../shared/poller.ts';
import { requestSignedIn } from '../../shared/signed-in.ts';
import type { SalePhase } from './sale-view.ts';

/** Interval of heartbeats (contract/queue-http.ts; a test compares the two). */
export const heartbeatSeconds = 30;
/** Refusals that end the heartbeats: the event has no queue, or this shopper cannot be in it. */
const finalCodes = new Set([
  'WAITING_ROOM_INACTIVE',
  'EVENT_NOT_FOUND',
  'NOT_FOUND',
  'PASS_REQUIRED',
  'FORBIDDEN',
  'WRONG_ACCOUNT',
  'NOT_SIGNED_IN',
]);

const standing = object({ state: text, nextPoll: count });
/** Phases of a shopper without a hold, whose place inside is free soon after the page closes. */
const phasesWithoutHold: readonly SalePhase[] = ['loading', 'choosing'];

/** Tab memory: this shopper was inside before the queue lost its data. The queue page explains it. */
export const wasInsideKey = (eventId: string) => `urr.inside.${eventId}`;

/** Sends heartbeats to tier 2, which also renew the entry token, and reports a closed page. */
export function createVisit(
  eventId: string,
  ports: PagePorts,
  /** `outside`: the queue lost its data and is full, so this shopper waits at the head of the line (docs/adr/0105). */
  sale: { phase(): SalePhase; outside(): void },
) {
  // Never later than the interval, and not in step with the other shoppers.
  const delayMs = () => heartbeatSeconds * 1000 * (0.8 + 0.2 * ports.dice());
  const poller = createPoller(ports, step, delayMs);
  async function step(): Promise<Next> {
    const answer = await requestSignedIn(ports, api.queueHeartbeat(eventId), standing, { method: 'POST' });
    if (answer.kind === 'refused' && finalCodes.has(answer.code)) return 'rest';
    if (answer.kind !== 'ok' || answer.value.state !== 'waiting') return 'poll';
    ports.remember(wasInsideKey(eventId), '1');
    sale.outside();
    return Math.max(pollGapMinMs, answer.value.nextPoll * 1000);
  }
  return {
    // At once: after a refresh the first heartbeat revokes the report of the closed page.
    start: () => poller.plan(0),
    stop: poller.stop,
    reportClosed() {
      if (phasesWithoutHold.includes(sale.phase())) ports.sendBeacon(api.queueAway(eventId));
    },
  };
}
