import { api, pages } from '../../shared/addresses.ts';
import { catalogueEvent } from '../../shared/answers.ts';
import type { Refusal } from '../../shared/api.ts';
import { departuresFrom } from '../../shared/departures.ts';
import { askSignedIn } from '../../shared/signed-in.ts';
import { type SalePorts, startPayment } from '../payment/checkout.ts';
import { type HoldAnswer, reservationAnswer } from './answers.ts';
import { ofEvent } from './headers.ts';
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
import { endOf, type Meaning, ofHold, ofReserve } from './refusals.ts';
import { reserveOnce } from './reserve.ts';
import { initialSale, notice, type Sale, type SaleView, seatsMaxOf, type Task } from './sale-view.ts';
import { seatsLeftOf } from './seats-left.ts';
import { createVisit } from './visit.ts';
import { createWatch } from './watch.ts';

/**
 * One buyer's way from the seat map to the provider's page.
 *
 *   loading ──► choosing ──(reserve)──► reserving ──► held ──(pay)──► leaving (to the provider)
 *      │           ▲  ▲                     │          │ └─(extend)─► held
 *      │           │  └──(taken, lost)──────┘          │
 *      │           └──(release, time over)─────────────┘
 *      ├──► held      this tab's hold is still pending: a refresh, or back from the provider
 *      ├──► bought    it was paid meanwhile
 *      └──► sign-in | leaving (no way in any more) | no-sale | refused
 */
/** A hold whose state could not be asked is asked for again after this, and up to twice this. */
const askAgainMs = 2_000;

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
  /** The server's word is old by up to seconds, never young: the largest offset seen is the nearest to the truth. */
  const clockOffset = (serverTimeMs: number) => {
    const offsetMs = serverTimeMs - ports.nowMs();
    return view.map === null && view.hold === null ? offsetMs : Math.max(view.clockOffsetMs, offsetMs);
  };

  const watch = createWatch(eventId, ports, {
    seen({ map, statuses }) {
      if (view.map === null) departuresFrom(`queue.${eventId}`, ports).arrived();
      const { choice, lost } = withoutTaken(map, view.choice, statuses.sections);
      show({
        clockOffsetMs: clockOffset(statuses.asOfMs),
        map,
        digits: statuses.sections,
        ...(view.phase === 'loading' ? { phase: 'choosing' } : {}),
        ...(lost.length > 0 && isChoosing() ? { choice, notice: notice('taken', lost) } : {}),
      });
    },
    refused: (refusal) => (accept(endOf(refusal, eventId)) ? 'stop' : 'on'),
    failing(isReconnecting) {
      if (isReconnecting !== view.isReconnecting) show({ isReconnecting });
    },
  });
  const holding = createHolding(ports, {
    ending: () => show({ isEnding: true }),
    // The reservation's own word counts, not this clock: a payment may have won.
    over: () => {
      if (view.hold !== null && view.phase === 'held' && view.task === null) void askHold(view.hold);
    },
  });

  /** Shows what a refusal means. False: nothing, it may pass by itself. */
  function accept(meaning: Meaning | null): boolean {
    switch (meaning?.kind) {
      case undefined:
        return false;
      case 'ended':
        watch.rest();
        show({ phase: meaning.phase, refusalCode: meaning.code, task: null, isReconnecting: false });
        return true;
      case 'leave':
        leave(meaning.href);
        return true;
      case 'over':
        if (meaning.isBought) bought();
        else choose({ notice: notice('time-over') });
        return true;
      case 'taken': {
        const { seatIds } = meaning;
        const choice = { ...view.choice, seatIds: view.choice.seatIds.filter((id) => !seatIds.includes(id)) };
        // Ahead of the next answer about the seats: the server has just said so.
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

  /** What is held stays this account's, and can be paid; who holds nothing waits where the others do. */
  function outside(): void {
    if (view.phase === 'choosing' || view.phase === 'loading') leave(pages.queue(eventId));
    else if (view.phase === 'held' && view.notice === null) show({ notice: notice('outside') });
  }

  /** The gate may send a buyer straight back; going at once would be a circle at full speed. */
  function leave(href: string): void {
    watch.rest();
    visit.stop();
    show({ phase: 'leaving', task: null });
    ports.later(() => {
      departures.note();
      ports.go(href);
    }, departures.delayMs());
  }

  function choose(change: Partial<SaleView>): void {
    holding.stop();
    kept.dropHold();
    const phase = view.map === null ? 'loading' : 'choosing';
    show({ phase, hold: null, isEnding: false, isReconnecting: false, task: null, ...change });
    watch.start();
  }

  function hold(answer: HoldAnswer): void {
    const clockOffsetMs = clockOffset(answer.serverTimeMs);
    if (answer.state === 'confirmed') {
      bought();
      return;
    }
    if (answer.state !== 'pending' || answer.expiresAtMs <= answer.serverTimeMs) {
      choose({ choice: emptyChoice, notice: notice('time-over'), clockOffsetMs });
      return;
    }
    watch.rest();
    kept.keepHold(answer);
    const news = { notice: null, isEnding: false, isReconnecting: false, task: null };
    show({ phase: 'held', hold: answer, choice: emptyChoice, clockOffsetMs, ...news });
    holding.until(answer.expiresAtMs - clockOffsetMs);
  }

  function bought(): void {
    watch.rest();
    holding.stop();
    kept.dropHold();
    show({ phase: 'bought', notice: null, task: null, isEnding: false });
  }

  /** After a refresh: this tab's hold, or a reserve call whose answer never came. */
  function resume(): void {
    const own = kept.hold();
    const open = kept.attempt();
    const wish = open === null ? null : wishFrom(open);
    if (own !== null) void askHold(own);
    else if (wish !== null) void reserveWish(wish);
    else watch.start();
  }

  async function askHold(own: { readonly reservationId: string; readonly fence: number }): Promise<void> {
    const answer = await askSignedIn(ports, api.reservation(own.reservationId), reservationAnswer, {
      cache: 'no-store',
    });
    if (answer.kind === 'ok') return hold({ ...answer.value, fence: own.fence });
    if (accept(ofHold(answer, eventId))) return;
    // A hold is not forgotten over a tunnel.
    show({ isReconnecting: true });
    ports.later(() => void askHold(own), askAgainMs * (1 + ports.dice()));
  }

  async function reserveWish(wish: Wish): Promise<void> {
    show({ phase: 'reserving', notice: null });
    const answer = await reserveOnce(ports, eventId, kept, wish);
    if (answer.kind === 'ok') return hold(answer.value);
    show({ phase: view.map === null ? 'loading' : 'choosing' });
    watch.start();
    watch.wake();
    accept(ofReserve(answer, eventId, wish));
  }

  /** The map then lets nobody choose more than is left; the server judges in any case. */
  async function askSeatsLeft(): Promise<void> {
    const seatsLeft = view.event === null ? null : await seatsLeftOf(ports, view.event);
    if (seatsLeft !== null) show({ seatsLeft });
  }

  /** One call about the hold at a time. */
  async function task(kind: Task, run: (own: HoldRef) => Promise<Refusal | null>, failed: () => void) {
    const own = view.hold;
    if (own === null || view.phase !== 'held' || view.task !== null) return;
    show({ task: kind, notice: null });
    const refusal = await run(own);
    if (refusal === null || accept(ofHold(refusal, eventId))) return;
    show({ task: null });
    failed();
    // Its end may have come while this was under way.
    holding.look();
  }
  const aboutHold = (path: string, { reservationId, fence }: HoldRef) =>
    askSignedIn(ports, path, reservationAnswer, {
      method: 'POST',
      body: { reservationId, fence },
      headers: ofEvent(eventId),
    });

  return {
    view: () => view,
    start() {
      visit.start();
      void ports.ask(api.event(eventId), catalogueEvent).then((answer) => {
        if (answer.kind !== 'ok') return;
        show({ event: answer.value });
        void askSeatsLeft();
      });
      resume();
    },
    wake() {
      if (view.phase === 'held') return holding.look();
      if (view.phase === 'loading' || view.phase === 'choosing') watch.start();
      watch.wake();
    },
    sleep: () => watch.rest(),
    away: visit.away,
    lostNetwork() {
      if (view.phase === 'choosing' || view.phase === 'held') show({ isReconnecting: true });
    },
    toggle(seatId) {
      if (!isChoosing() || view.map === null) return 'busy';
      const seat = { isFree: isFree(view.map, view.digits, seatId), seatsMax: seatsMaxOf(view) };
      const { choice, said } = toggleSeat(view.choice, seatId, seat);
      show({ choice, notice: said === 'full' ? notice('full') : null });
      return said;
    },
    stand(sectionId, people) {
      if (!isChoosing()) return;
      const limits = { free: countFree(view.digits[sectionId] ?? ''), seatsMax: seatsMaxOf(view) };
      show({ choice: setStanding(view.choice, sectionId, people, limits), notice: null });
    },
    async reserve() {
      if (!isChoosing() || view.map === null) return;
      await reserveWish(wishOf(view.map, view.choice, view.digits, ports.dice()));
    },
    async best(count, grade) {
      if (isChoosing())
        await reserveWish({ bestAvailable: { count, ...(grade === undefined ? {} : { grade }) } });
    },
    extend: () =>
      task(
        'extend',
        async (own) => {
          const answer = await aboutHold(api.extend, own);
          if (answer.kind !== 'ok') return answer;
          hold({ ...answer.value, fence: own.fence });
          return null;
        },
        () => show({ notice: notice('not-extended') }),
      ),
    release: () =>
      task(
        'release',
        async (own) => {
          const answer = await aboutHold(api.release, own);
          if (answer.kind !== 'ok') return answer;
          choose({ notice: notice('released') });
          return null;
        },
        () => show({ notice: notice('lost') }),
      ),
    pay: () =>
      task(
        'pay',
        async (own) => {
          const started = await startPayment(ports, own);
          switch (started.kind) {
            case 'gone':
              show({ phase: 'leaving', task: null });
              return null;
            case 'undecided':
              leave(pages.reservation(own.reservationId));
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
    again() {
      if (view.phase !== 'bought' && view.phase !== 'refused') return;
      choose({ choice: emptyChoice, notice: null });
      void askSeatsLeft();
    },
  };
}

type HoldRef = { readonly eventId: string; readonly reservationId: string; readonly fence: number };
