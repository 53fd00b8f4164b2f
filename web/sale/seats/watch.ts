import { api } from '../../shared/addresses.ts';
import type { Refusal } from '../../shared/api.ts';
import { backoffDelayMs, createBackoff } from '../../shared/backoff.ts';
import type { PagePorts } from '../../shared/page-ports.ts';
import { createPoller, type Next } from '../../shared/poller.ts';
import { requestSignedIn } from '../../shared/signed-in.ts';
import { type Statuses, seatLayout, seatStatuses } from './answers.ts';
import { eventHeaders } from './headers.ts';
import { placeSections, type SeatMap } from './map-layout.ts';

/**
 * Shares of `nextPoll` after which the page polls again. `nextPoll` is the time within which a change must be seen, and a
 * worker's view is up to a second old, so the page polls well before. The range keeps buyers from polling in step.
 */
const shares = { from: 0.3, to: 0.45 };
const gapMinMs = 500;

export interface Seen {
  readonly map: SeatMap;
  readonly statuses: Statuses;
}

export interface Watch {
  start(): void;
  /** Nobody looks at the map, so it is not polled. */
  rest(): void;
  wake(): void;
  map(): SeatMap | null;
}

/**
 * Polls the statuses of the seats. Several workers answer, each with a view up to a second old. A view older than the
 * one on the page is dropped, so no seat flickers. The layout is requested once per revision.
 *
 * @param on.refused returns whether to continue
 */
export function createWatch(
  eventId: string,
  ports: PagePorts,
  on: { seen(seen: Seen): void; refused(refusal: Refusal): 'on' | 'stop'; failing(isFailing: boolean): void },
): Watch {
  let map: SeatMap | null = null;
  let newestAsOfMs = -1;
  const backoff = createBackoff();
  let nextPoll = 1;
  let isResting = true;

  const delayMs = () =>
    backoff.state().failures > 0
      ? backoffDelayMs(backoff.state(), ports.dice())
      : Math.max(gapMinMs, nextPoll * 1000 * (shares.from + (shares.to - shares.from) * ports.dice()));
  const poller = createPoller(ports, step, delayMs);

  async function step(): Promise<Next> {
    if (isResting) return 'rest';
    // `no-cache` sends the ETag of the browser's copy; the answer has no body while nothing has changed.
    const answer = await requestSignedIn(ports, api.seatStatuses(eventId), seatStatuses, {
      cache: 'no-cache',
      headers: eventHeaders(eventId),
    });
    // The page has left the map while the answer was under way.
    if (isResting) return 'rest';
    if (answer.kind !== 'ok') return failed(answer);
    const statuses = answer.value;
    if (statuses.asOfMs < newestAsOfMs) return 'poll';
    if (map?.layout.revision !== statuses.layoutRevision) {
      const layout = await requestSignedIn(
        ports,
        api.seatLayout(eventId, statuses.layoutRevision),
        seatLayout,
        { headers: eventHeaders(eventId) },
      );
      if (layout.kind !== 'ok') return failed(layout);
      map = placeSections(layout.value);
    }
    newestAsOfMs = statuses.asOfMs;
    nextPoll = statuses.nextPoll;
    backoff.succeed();
    on.failing(false);
    on.seen({ map, statuses });
    return isResting ? 'rest' : 'poll';
  }

  function failed(refusal: Refusal): Next {
    if (on.refused(refusal) === 'stop') return 'rest';
    backoff.fail(refusal);
    if (backoff.isWorthShowing()) on.failing(true);
    return 'poll';
  }

  return {
    start() {
      if (!isResting) return;
      isResting = false;
      if (!poller.isBusy()) poller.plan(0);
    },
    rest() {
      isResting = true;
    },
    wake() {
      if (!isResting && !backoff.isPaused()) poller.soon();
    },
    map: () => map,
  };
}
