import { api, pages } from '../../shared/addresses.ts';
import { catalogueEvent } from '../../shared/answers.ts';
import type { Refusal } from '../../shared/api.ts';
import { departuresFrom } from '../../shared/departures.ts';
import { requestSignedIn } from '../../shared/signed-in.ts';
import { type SalePorts, startPayment } from '../payment/checkout.ts';
import { type HoldAnswer, reservationAnswer } from './answers.ts';
import { eventHeaders } from './headers.ts';
import { createHolding } from './holding.ts';
import { keptSale, wishFrom } from './keep.ts';
import {
  countFree,
  emptyChoice,
  isFree,
  markTaken,
  setStanding,
  toggleSeat,
  type Wish,
  wishOf,
  withoutTaken,
} from './map-choice.ts';
import { type Meaning, meaningForHold, meaningForReserve, meaningOf } from './refusals.ts';
import { reserveOnce } from './reserve.ts';
import { initialSale, notice, type Sale, type SaleView, seatsMaxOf, type Task } from './sale-view.ts';
import { seatsLeftOf } from './seats-left.ts';
import { createVisit } from './visit.ts';
import { createWatch } from './watch.ts';

/** Delay before the state of a hold is read again after a failure; chance adds up to as much again. */
const readHoldAgainMs = 2_000;

/**
 * One buyer's way from the seat map to the provider's page.
 *
 *   loading ──► choosing ──(reserve)──► reserving ──► held ──(pay)──► leaving (to the provider)
 *      │           ▲  ▲                     │          │ └─(extend)─► held
 *      │           │  └──(taken, lost)──────┘          │
 *      │           └──(release, expiry)────────────────┘
 *      ├──► held      this tab's hold is still pending: after a refresh, or back from the provider
 *      ├──► bought    it was paid meanwhile
 *      └──► sign-in | leaving (pass or entry token expired) | no-sale | sale-ended | refused
 */
export function createSale(eventId: string, ports: SalePorts, onChange: (view: SaleView) => void): Sale {
  let view = initialSale;
  const kept = keptSale(eventId, ports);
  const departures = departuresFrom(`seats.${eventId}`, ports);
  const visit = createVisit(eventId, ports, { phase: () => view.phase, outside });

  const show = (change: Partial<SaleView>) => {
    view = { ...view, ...change };
    onChange(view);
  };
  const isChoosing = () => view.phase === 'choosing';
  /** An answer may be seconds old and never comes early, so the largest offset seen is the nearest to the truth. */
  const clockOffset = (serverTimeMs: number) => {
    const offsetMs = serverTimeMs - ports.nowMs();
    return view.map === null && view.hold === null ? offsetMs : Math.max(view.clockOffsetMs, offsetMs);
  };

  const watch = createWatch(eventId, ports, {
    seen({ map, statuses }) {
      // The first map proves that the gate let this shopper in, so the queue's next departure is no return.
      if (view.map === null) departuresFrom(`queue.${eventId}`, ports).clear();
      const { choice, lost } = withoutTaken(map, view.choice, statuses.sections);
      show({
        clockOffsetMs: clockOffset(statuses.asOfMs),
        map,
        digits: statuses.sections,
        ...(view.phase === 'loading' ? { phase: 'choosing' } : {}),
        ...(lost.length > 0 && isChoosing() ? { choice, notice: notice('taken', lost) } : {}),
      });
    },
    refused: (refusal) => (applyMeaning(meaningOf(refusal, eventId)) ? 'stop' : 'on'),
    failing(isReconnecting) {
      if (isReconnecting !== view.isReconnecting) show({ isReconnecting });
    },
  });
  const holding = createHolding(ports, {
    lastMinute: () => show({ isEnding: true }),
    // The reservation decides, not this clock: a payment may have come first. A call under way checks again at its end.
    expired: () => {
      if (view.hold !== null && view.phase === 'held' && view.task === null) void readHold(view.hold);
    },
  });

  /** Shows what a refusal means. False: it has no lasting meaning, and a repeat may succeed. */
  function applyMeaning(meaning: Meaning | null): boolean {
    switch (meaning?.kind) {
      case undefined:
        return false;
      case 'ended':
        watch.rest();
        show({ phase: meaning.phase, refusalCode: meaning.code, task: null, isReconnecting: false });
        return true;
      case 'leave':
        depart(meaning.href);
        return true;
      case 'hold-ended':
        if (meaning.isBought) showBought();
        else returnToMap({ notice: notice('hold-expired') });
        return true;
      case 'taken': {
        const { seatIds } = meaning;
        const choice = { ...view.choice, seatIds: view.choice.seatIds.filter((id) => !seatIds.includes(id)) };
        // The refusal is newer than the statuses on the page, so the map shows the seats as taken at once.
        const digits = view.map === null ? view.digits : markTaken(view.map, view.digits, seatIds);
        show({ choice, digits, notice: meaning.notice });
        return true;
      }
      case 'account-full':
        show({ seatsLeft: meaning.left, choice: emptyChoice, notice: notice('account-full'), task: null });
        return true;
      case 'notice':
        show({
          notice: meaning.notice,
          task: null,
          ...(meaning.isChoiceVoid ? { choice: emptyChoice } : {}),
        });
        return true;
    }
  }

  /** A hold stays this account's and can still be paid; a shopper without one waits in the queue. */
  function outside(): void {
    if (view.phase === 'choosing' || view.phase === 'loading') depart(pages.queue(eventId));
    else if (view.phase === 'held' && view.notice === null) show({ notice: notice('outside') });
  }

  /** Waits before a second departure within a minute: the gate may send the buyer straight back, in a loop. */
  function depart(href: string): void {
    watch.rest();
    visit.stop();
    show({ phase: 'leaving', task: null });
    ports.later(() => {
      departures.record();
      ports.go(href);
    }, departures.delayMs());
  }

  function returnToMap(change: Partial<SaleView>): void {
    holding.stop();
    kept.dropHold();
    const phase = view.map === null ? 'loading' : 'choosing';
    show({ phase, hold: null, isEnding: false, isReconnecting: false, task: null, ...change });
    watch.start();
  }

  function showHold(answer: HoldAnswer): void {
    const clockOffsetMs = clockOffset(answer.serverTimeMs);
    if (answer.state === 'confirmed') {
      showBought();
      return;
    }
    if (answer.state !== 'pending' || answer.expiresAtMs <= answer.serverTimeMs) {
      returnToMap({ choice: emptyChoice, notice: notice('hold-expired'), clockOffsetMs });
      return;
    }
    watch.rest();
    kept.keepHold(answer);
    const news = { notice: null, isEnding: false, isReconnecting: false, task: null };
    show({ phase: 'held', hold: answer, choice: emptyChoice, clockOffsetMs, ...news });
    holding.start(answer.expiresAtMs - clockOffsetMs);
  }

  function showBought(): void {
    watch.rest();
    holding.stop();
    kept.dropHold();
    show({ phase: 'bought', notice: null, task: null, isEnding: false });
  }

  /** Continues after a refresh: with this tab's hold, else with a reserve call that has no answer yet. */
  function resume(): void {
    const own = kept.hold();
    const open = kept.attempt();
    const wish = open === null ? null : wishFrom(open);
    if (own !== null) void readHold(own);
    else if (wish !== null) void reserveWish(wish);
    else watch.start();
  }

  async function readHold(own: { readonly reservationId: string; readonly fence: number }): Promise<void> {
    const answer = await requestSignedIn(ports, api.reservation(own.reservationId), reservationAnswer, {
      cache: 'no-store',
    });
    if (answer.kind === 'ok') return showHold({ ...answer.value, fence: own.fence });
    if (applyMeaning(meaningForHold(answer, eventId))) return;
    // An outage does not end a hold.
    show({ isReconnecting: true });
    ports.later(() => void readHold(own), readHoldAgainMs * (1 + ports.dice()));
  }

  async function reserveWish(wish: Wish): Promise<void> {
    show({ phase: 'reserving', notice: null });
    const answer = await reserveOnce(ports, eventId, kept, wish);
    if (answer.kind === 'ok') return showHold(answer.value);
    show({ phase: view.map === null ? 'loading' : 'choosing' });
    watch.start();
    watch.wake();
    applyMeaning(meaningForReserve(answer, eventId, wish));
  }

  /** Limits the choice to the seats that the account has left. A convenience: the server decides. */
  async function readSeatsLeft(): Promise<void> {
    const seatsLeft = view.event === null ? null : await seatsLeftOf(ports, view.event);
    if (seatsLeft !== null) show({ seatsLeft });
  }

  /** Runs one call about the hold at a time: two presses must not release and pay. */
  async function runTask(kind: Task, run: (own: HoldRef) => Promise<Refusal | null>, failed: () => void) {
    const own = view.hold;
    if (own === null || view.phase !== 'held' || view.task !== null) return;
    show({ task: kind, notice: null });
    const refusal = await run(own);
    if (refusal === null || applyMeaning(meaningForHold(refusal, eventId))) return;
    show({ task: null });
    failed();
    // The hold may have ended while the call was under way.
    holding.check();
  }
  const postAboutHold = (path: string, { reservationId, fence }: HoldRef) =>
    requestSignedIn(ports, path, reservationAnswer, {
      method: 'POST',
      body: { reservationId, fence },
      headers: eventHeaders(eventId),
    });

  return {
    view: () => view,
    start() {
      visit.start();
      void ports.request(api.event(eventId), catalogueEvent).then((answer) => {
        if (answer.kind !== 'ok') return;
        show({ event: answer.value });
        void readSeatsLeft();
      });
      resume();
    },
    wake() {
      if (view.phase === 'held') return holding.check();
      if (view.phase === 'loading' || view.phase === 'choosing') watch.start();
      watch.wake();
    },
    sleep: () => watch.rest(),
    reportClosed: visit.reportClosed,
    lostNetwork() {
      if (view.phase === 'choosing' || view.phase === 'held') show({ isReconnecting: true });
    },
    toggle(seatId) {
      if (!isChoosing() || view.map === null) return 'busy';
      const seat = { isFree: isFree(view.map, view.digits, seatId), seatsMax: seatsMaxOf(view) };
      const { choice, outcome } = toggleSeat(view.choice, seatId, seat);
      show({ choice, notice: outcome === 'full' ? notice('full') : null });
      return outcome;
    },
    setStanding(sectionId, people) {
      if (!isChoosing()) return;
      const limits = { free: countFree(view.digits[sectionId] ?? ''), seatsMax: seatsMaxOf(view) };
      show({ choice: setStanding(view.choice, sectionId, people, limits), notice: null });
    },
    async reserve() {
      if (!isChoosing() || view.map === null) return;
      await reserveWish(wishOf(view.map, view.choice, view.digits, ports.dice()));
    },
    async reserveBest(count, grade) {
      if (isChoosing())
        await reserveWish({ bestAvailable: { count, ...(grade === undefined ? {} : { grade }) } });
    },
    extend: () =>
      runTask(
        'extend',
        async (own) => {
          const answer = await postAboutHold(api.extend, own);
          if (answer.kind !== 'ok') return answer;
          showHold({ ...answer.value, fence: own.fence });
          return null;
        },
        () => show({ notice: notice('not-extended') }),
      ),
    release: () =>
      runTask(
        'release',
        async (own) => {
          const answer = await postAboutHold(api.release, own);
          if (answer.kind !== 'ok') return answer;
          returnToMap({ notice: notice('released') });
          return null;
        },
        () => show({ notice: notice('lost') }),
      ),
    pay: () =>
      runTask(
        'pay',
        async (own) => {
          const started = await startPayment(ports, own);
          switch (started.kind) {
            case 'gone':
              show({ phase: 'leaving', task: null });
              return null;
            case 'undecided':
              depart(pages.reservation(own.reservationId));
              return null;
            case 'window-closed':
              show({ task: null });
              return null;
            case 'refused':
              return started.answer;
          }
        },
        () => show({ notice: notice('lost') }),
      ),
    chooseAgain() {
      if (view.phase !== 'bought' && view.phase !== 'refused') return;
      returnToMap({ choice: emptyChoice, notice: null });
      void readSeatsLeft();
    },
  };
}

type HoldRef = { readonly eventId: string; readonly reservationId: string; readonly fence: number };
