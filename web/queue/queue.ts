import { parseReturnTo } from '#core/accounts/return-to.ts';
import { pollGapMinMs } from '#core/line/poll.ts';
import { wasInsideKey } from '../sale/seats/visit.ts';
import { api, pages } from '../shared/addresses.ts';
import { catalogueEvent } from '../shared/answers.ts';
import type { Refusal } from '../shared/api.ts';
import { backoffDelayMs, createBackoff } from '../shared/backoff.ts';
import { createDeparture, departuresFrom } from '../shared/departures.ts';
import type { PagePorts } from '../shared/page-ports.ts';
import { createPoller, type Next } from '../shared/poller.ts';
import { requestSignedIn } from '../shared/signed-in.ts';
import { leaveAnswer, type QueueAnswer, type QueuePlace, queueAnswer } from './answers.ts';

/**
 * One shopper in the queue, without a document: requests, decides and reports the view.
 *
 *   joining ──► waiting ──(admitted)──► leaving (to the seats)
 *      ▲           │ └──(leave)──► left ──(join again)──► joining
 *      └──(absent)─┘
 *   joining ──► leaving (no pass: to the waiting room; no queue now: to the seats) | sign-in | closed | not-open |
 *               refused
 */
export type QueuePhase =
  | 'joining'
  | 'waiting'
  | 'leaving'
  | 'left'
  | 'sign-in'
  | 'closed'
  | 'not-open'
  | 'refused';

export interface QueueView {
  readonly phase: QueuePhase;
  readonly place: QueuePlace | null;
  readonly aheadAtJoin: number | null;
  /** The shopper was inside until the queue lost its data. */
  readonly wasInside: boolean;
  readonly isReconnecting: boolean;
  readonly wasSentBack: boolean;
  readonly refusalCode: string | null;
}

export interface Queue {
  view(): QueueView;
  start(): void;
  wake(): void;
  lostNetwork(): void;
  leave(): Promise<void>;
  joinAgain(): void;
  departNow(): void;
  stop(): void;
}

const initialView: QueueView = {
  phase: 'joining',
  place: null,
  aheadAtJoin: null,
  wasInside: false,
  isReconnecting: false,
  wasSentBack: false,
  refusalCode: null,
};

export function createQueue(eventId: string, ports: PagePorts, onChange: (view: QueueView) => void): Queue {
  let view = initialView;
  let hasLeft = false;

  const show = (change: Partial<QueueView>) => {
    view = { ...view, ...change };
    onChange(view);
  };
  const backoff = createBackoff();
  const { depart, departNow } = createDeparture(`queue.${eventId}`, ports, show);
  const pollDelay = () => backoffDelayMs(backoff.state(), ports.dice(), view.place?.nextPoll ?? 1);
  const poller = createPoller(ports, step, pollDelay);

  async function step(): Promise<Next> {
    if (hasLeft) return 'rest';
    if (view.phase === 'leaving') return departNow();
    const isJoining = view.phase === 'joining';
    const answer = isJoining
      ? await requestSignedIn(ports, api.queueCheck(eventId), queueAnswer, { method: 'POST' })
      : await requestSignedIn(ports, api.queueStatus(eventId), queueAnswer, { cache: 'no-store' });
    // The shopper has left while the answer was under way.
    if (hasLeft) return 'rest';
    if (answer.kind !== 'ok') return handleRefusal(answer);
    backoff.succeed();
    // The gate let this shopper in, so the waiting page's next departure is no return.
    if (isJoining) departuresFrom(`vwr.${eventId}`, ports).clear();
    if (view.isReconnecting) show({ isReconnecting: false });
    return applyAnswer(answer.value);
  }

  function applyAnswer(answer: QueueAnswer): Next {
    switch (answer.state) {
      case 'admitted':
        // The explanation on this page was for the wait that has just ended.
        ports.remember(wasInsideKey(eventId), '');
        return depart(parseReturnTo(answer.redirectTo) ?? pages.seats(eventId));
      case 'waiting': {
        const isFirst = view.phase !== 'waiting';
        show({
          phase: 'waiting',
          place: answer,
          wasInside: ports.recall(wasInsideKey(eventId)) === '1',
          aheadAtJoin: isFirst ? answer.peopleAhead : view.aheadAtJoin,
        });
        return 'poll';
      }
      case 'absent':
        // The queue has lost this place. The pass keeps the rank, so joining again costs nothing.
        show({ phase: 'joining' });
        return Math.max(pollGapMinMs, answer.nextPoll * 1000);
    }
  }

  async function handleRefusal(answer: Refusal): Promise<Next> {
    if (answer.kind === 'refused') {
      switch (answer.code) {
        case 'PASS_REQUIRED':
          return depart(pages.waiting(eventId));
        case 'WAITING_ROOM_INACTIVE':
          return resolveInactive();
        case 'NOT_SIGNED_IN':
          show({ phase: 'sign-in', isReconnecting: false });
          return 'rest';
        case 'NOT_FOUND':
        case 'FORBIDDEN':
          // The address does not exist behind the gate: the queue of this site does not run yet.
          show({ phase: 'not-open', isReconnecting: false });
          return 'rest';
        case 'WRONG_ACCOUNT':
        case 'EVENT_NOT_FOUND':
        case 'BAD_REQUEST':
          show({ phase: 'refused', refusalCode: answer.code, isReconnecting: false });
          return 'rest';
      }
    }
    backoff.fail(answer);
    if (backoff.isWorthShowing()) show({ isReconnecting: true });
    return 'poll';
  }

  /** The event has no queue now, because the sale has ended or everybody may enter. The catalogue says which. */
  async function resolveInactive(): Promise<Next> {
    const answer = await ports.request(api.event(eventId), catalogueEvent);
    if (answer.kind === 'ok' && answer.value.state === 'closed') {
      show({ phase: 'closed', isReconnecting: false });
      return 'rest';
    }
    ports.setOpenHint(eventId);
    return depart(pages.seats(eventId));
  }

  return {
    view: () => view,
    start: () => poller.plan(0),
    wake() {
      const isAsking = view.phase === 'joining' || view.phase === 'waiting';
      if (isAsking && !backoff.isPaused()) poller.soon();
    },
    lostNetwork() {
      if (view.phase === 'waiting' || view.phase === 'joining') show({ isReconnecting: true });
    },
    async leave() {
      // Before the request: the answer of a poll under way must not put the shopper back into the queue.
      hasLeft = true;
      const answer = await requestSignedIn(ports, api.queueLeave(eventId), leaveAnswer, { method: 'POST' });
      if (answer.kind === 'ok') show({ phase: 'left', place: null, isReconnecting: false });
      else show({ phase: 'refused', refusalCode: answer.kind === 'refused' ? answer.code : 'UNAVAILABLE' });
    },
    joinAgain() {
      if (poller.isBusy()) return;
      hasLeft = false;
      show(initialView);
      poller.soon();
    },
    departNow() {
      if (view.phase === 'leaving') departNow();
    },
    stop: poller.stop,
  };
}
