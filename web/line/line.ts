import { parseReturnTo } from '#core/accounts/return-to.ts';
import { nextPagePath } from '#core/events/state.ts';
import { pollDelayMs, pollGapMinMs } from '#core/line/poll.ts';
import { isCalled, peopleAhead } from '#core/line/position.ts';
import { api, pages } from '../shared/addresses.ts';
import {
  assignAnswer,
  type Check,
  checkAnswer,
  type Status,
  statusDocument,
  type Ticket,
} from '../shared/answers.ts';
import type { Answer, Refusal } from '../shared/api.ts';
import { createBackoff } from '../shared/backoff.ts';
import { createDeparture } from '../shared/departures.ts';
import type { PagePorts } from '../shared/page-ports.ts';
import { createPoller, type Next } from '../shared/poller.ts';
import { requestSignedIn } from '../shared/signed-in.ts';
import {
  currentCall,
  finalPhase,
  initialView,
  type Line,
  type LineView,
  msUntilOpening,
} from './line-view.ts';

/** A page joins again at most this often: more would be a loop between assign and check. */
const rejoinsMax = 8;
/** After a reset everybody joins again; the requests are spread over this time. */
const rejoinSpreadMs = 3_000;
/** A ticket is valid for a day; the page requests a new one for the same place long before its end. */
const ticketKeptMs = 12 * 60 * 60_000;

/**
 * One visitor in the line, without a document: requests, decides and reports the view.
 *
 *   joining ──► waiting ──(number called)──► called ──(pass)──► leaving
 *      ▲           │  ▲                        │
 *      │           │  └──(not yet)─────────────┤
 *      └──(line reset, place forgotten)────────┤
 *                                              └──► expired ──(join again)──► joining
 *   joining ──► leaving (no waiting room) | no-event | sign-in | closed | refused
 */
export function createLine(eventId: string, ports: PagePorts, onChange: (view: LineView) => void): Line {
  let view = initialView;
  let rejoins = 0;
  let disagreements = 0;
  let ticketAtMs = 0;
  const show = (change: Partial<LineView>) => {
    view = { ...view, ...change };
    onChange(view);
  };
  const backoff = createBackoff();
  const { depart, departNow } = createDeparture(`vwr.${eventId}`, ports, show);

  const pollDelay = () =>
    pollDelayMs(
      {
        peopleAhead: view.peopleAhead,
        state: view.status?.state ?? 'open',
        msUntilOpening: msUntilOpening(view, ports.nowMs()),
        ...backoff.state(),
      },
      view.status?.pollBands ?? [],
      ports.dice(),
    );

  const poller = createPoller(ports, step, pollDelay);

  async function step(): Promise<Next> {
    if (view.phase === 'leaving') return departNow();
    // After a failure the document is read again: the second call may have begun.
    if (view.phase === 'called' && backoff.state().failures === 0) return claim();
    const isTicketOld = ports.nowMs() - ticketAtMs > ticketKeptMs;
    if (view.ticket !== null && !isTicketOld) return readTurn(view.ticket);
    // A closed sale may open again. Until then only the shared document is polled, which the CDN answers.
    return view.phase === 'closed' ? resolveInactive(join) : join();
  }

  async function join(): Promise<Next> {
    const answer = await requestSignedIn(ports, api.assign(eventId), assignAnswer, { method: 'POST' });
    if (answer.kind === 'refused' && answer.code === 'WAITING_ROOM_INACTIVE') {
      return resolveInactive(awaitDocument);
    }
    if (answer.kind !== 'ok') return handleRefusal(answer);
    noteSuccess();
    disagreements = 0;
    const ticket = answer.value;
    ticketAtMs = ports.nowMs();
    show({
      phase: 'waiting',
      ticket,
      peopleAhead: ticket.peopleAhead,
      aheadAtJoin: aheadAtJoin(ticket),
      refusalCode: null,
    });
    return readTurn(ticket);
  }

  async function readTurn(ticket: Ticket): Promise<Next> {
    const answer = await readStatus();
    if (answer.kind !== 'ok') return handleRefusal(answer);
    const status = answer.value;
    if (status.generation > ticket.generation) return rejoin('reset');
    const end = endOfLine(status);
    if (end !== null) return end;
    // A cached document of an older generation is about another line.
    if (status.generation < ticket.generation) return 'poll';
    const isTurn = isCalled(ticket.place, status.serving);
    show({
      call: isTurn ? currentCall(view, ports.nowMs()) : null,
      phase: isTurn ? 'called' : 'waiting',
      peopleAhead: peopleAhead(ticket.place, status.issued, status.serving),
    });
    return isTurn ? claim() : 'poll';
  }

  async function claim(): Promise<Next> {
    if (view.ticket === null) return join();
    const answer = await requestSignedIn(ports, api.check(eventId, view.ticket.requestId), checkAnswer);
    if (answer.kind === 'ok') {
      noteSuccess();
      return applyCheck(answer.value);
    }
    if (answer.kind === 'refused') {
      if (answer.code === 'WAITING_ROOM_INACTIVE') return resolveInactive(awaitDocument);
      // The ticket's cookie is lost or belongs to another visitor: assign returns this visitor's place, or a new one.
      if (answer.code === 'TICKET_REQUIRED') return rejoin('forgotten');
    }
    return handleRefusal(answer);
  }

  function applyCheck(check: Check): Next {
    switch (check.state) {
      case 'admitted':
        // Admitted without a pass: the waiting room was switched off.
        if (check.passExpiresAt === undefined) ports.setOpenHint(eventId);
        return depart(parseReturnTo(check.redirectTo) ?? pages.queue(eventId));
      case 'waiting':
        show({ phase: 'waiting', peopleAhead: check.peopleAhead });
        return Math.max(pollGapMinMs, check.nextPoll * 1000);
      case 'expired':
        show({ phase: 'expired' });
        return 'rest';
      case 'superseded':
        return rejoin('reset');
    }
  }

  /** WAITING_ROOM_INACTIVE has two reasons, the switch and the end of the sale. The shared document says which. */
  async function resolveInactive(otherwise: () => Next | Promise<Next>): Promise<Next> {
    const answer = await readStatus();
    if (answer.kind !== 'ok') return handleRefusal(answer);
    return endOfLine(answer.value) ?? otherwise();
  }

  /** The cached document is behind the switch for a moment. If it stays so, the polls slow down as after failures. */
  function awaitDocument(): Next {
    disagreements += 1;
    backoff.setFailures(disagreements);
    return 'poll';
  }

  /** Null: the line continues. A closed sale may open again, so its page continues to poll, slowly. */
  function endOfLine(status: Status): Next | null {
    if (status.state === 'closed') {
      show({ phase: 'closed' });
      return 'poll';
    }
    const hasWaitingRoom = status.state !== 'inactive' && status.mode !== 'queue';
    if (hasWaitingRoom) return null;
    ports.setOpenHint(eventId);
    return depart(nextPagePath(eventId, status.mode));
  }

  async function readStatus(): Promise<Answer<Status>> {
    // Without the browser's cache, which may return a stale copy while it loads a new one. The CDN's copy is fresh enough.
    const answer = await ports.request(api.status(eventId), statusDocument, { cache: 'no-store' });
    if (answer.kind !== 'ok') return answer;
    noteSuccess();
    const offsetMs = answer.value.serverTimeMs - ports.nowMs();
    // A cached document is seconds old and never comes early, so the largest offset seen is the nearest to the truth.
    const clockOffsetMs = view.status === null ? offsetMs : Math.max(view.clockOffsetMs, offsetMs);
    show({ status: answer.value, clockOffsetMs });
    return answer;
  }

  function rejoin(why: 'reset' | 'forgotten'): Next {
    rejoins += 1;
    if (rejoins > rejoinsMax) {
      show({ phase: 'refused', refusalCode: 'TICKET_REQUIRED' });
      return 'rest';
    }
    show({ phase: 'joining', ticket: null, wasRestarted: view.wasRestarted || why === 'reset' });
    return rejoinSpreadMs * ports.dice();
  }

  /** From the tab's memory, so that a refresh does not start the progress bar again. */
  function aheadAtJoin(ticket: Ticket): number {
    const key = `urr.ahead.${ticket.requestId}`;
    const known = Number(ports.recall(key) ?? Number.NaN);
    if (Number.isSafeInteger(known) && known >= ticket.peopleAhead) return known;
    ports.remember(key, String(ticket.peopleAhead));
    return ticket.peopleAhead;
  }

  function noteSuccess(): void {
    backoff.succeed();
    if (view.isReconnecting || view.isNetworkFull) show({ isReconnecting: false, isNetworkFull: false });
  }

  function handleRefusal(answer: Refusal): Next {
    const phase = answer.kind === 'refused' ? finalPhase(answer.code) : null;
    if (phase !== null && answer.kind === 'refused') {
      show({ phase, refusalCode: answer.code, isReconnecting: false });
      return 'rest';
    }
    backoff.fail(answer);
    const isTooMany = answer.kind === 'refused' && answer.code === 'TOO_MANY_REQUESTS';
    const isNetworkFull = isTooMany && view.ticket === null;
    if (isNetworkFull !== view.isNetworkFull) show({ isNetworkFull });
    if (backoff.isWorthShowing() && !isNetworkFull) show({ isReconnecting: true });
    return 'poll';
  }

  return {
    view: () => view,
    start: () => poller.plan(0),
    wake() {
      const isAsking = ['joining', 'waiting', 'called', 'closed'].includes(view.phase);
      if (isAsking && !backoff.isPaused()) poller.soon();
    },
    lostNetwork() {
      if (view.phase === 'waiting' || view.phase === 'joining') show({ isReconnecting: true });
    },
    joinAgain() {
      if (poller.isBusy()) return;
      rejoins = 0;
      show({ phase: 'joining', ticket: null, refusalCode: null, wasRestarted: false });
      poller.soon();
    },
    departNow() {
      if (view.phase === 'leaving') departNow();
    },
    stop: poller.stop,
  };
}
