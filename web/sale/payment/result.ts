import { api, pages } from '../../shared/addresses.ts';
import type { Refusal } from '../../shared/api.ts';
import { backoffDelayMs, createBackoff } from '../../shared/backoff.ts';
import { object, oneOf, readOr } from '../../shared/decode.ts';
import { createPoller, type Next } from '../../shared/poller.ts';
import { requestSignedIn } from '../../shared/signed-in.ts';
import { type Reservation, reservationAnswer } from '../seats/answers.ts';
import { eventHeaders } from '../seats/headers.ts';
import { keptSale } from '../seats/keep.ts';
import { meaningForHold } from '../seats/refusals.ts';
import { type SalePorts, startPayment } from './checkout.ts';
import type { Returned } from './returned.ts';

/**
 * The result of a payment, after the buyer has come back from the provider's page.
 *
 *   confirming ──► confirmed
 *       │ └──────► undecided ──(polls)──► confirmed | declined | late | hold-ended
 *       ├────────► declined ──(pay again)──► leaving (to the provider), while the seats are still held
 *       ├────────► late        the money came after the end of the hold and is refunded
 *       └────────► hold-ended  the hold ended and no money was taken | sign-in | refused
 *
 * A refresh sends the same confirm again, which has no second effect.
 */
export type ResultPhase =
  | 'confirming'
  | 'undecided'
  | 'confirmed'
  | 'declined'
  | 'late'
  | 'hold-ended'
  | 'sale-ended'
  | 'leaving'
  | 'sign-in'
  | 'refused';

export interface ResultView {
  readonly phase: ResultPhase;
  readonly reservation: Reservation | null;
  /** The buyer cancelled on the provider's page; no card was declined. */
  readonly wasCancelled: boolean;
  readonly isReconnecting: boolean;
  readonly isBusy: boolean;
  readonly refusalCode: string | null;
  readonly clockOffsetMs: number;
}

export interface Result {
  view(): ResultView;
  start(): void;
  wake(): void;
  lostNetwork(): void;
  payAgain(): Promise<void>;
  /** The page is being closed. A shopper without a hold gives the place inside back. */
  reportClosed(): void;
}

const paymentAnswer = object({
  state: oneOf('prepared', 'approving', 'approved', 'settled', 'declined', 'refunding', 'refunded'),
});
const lateDetails = object({ payment: oneOf('refunding', 'refunded') });

/** Delay between two polls of an undecided payment. It grows by a second per poll: most are decided in seconds. */
const undecidedFirstMs = 2_000;
const undecidedMostMs = 10_000;
/** Every third poll repeats the confirm: only its answer contains a decline by the provider. */
const confirmEvery = 3;
/** After this many polls (about half an hour) the page rests until its visitor comes back to it. */
const requestsMax = 200;
/** Codes of a buyer who cancelled (Toss Payments, "PAY_PROCESS_CANCELED", "USER_CANCEL"). */
const cancelled = /CANCEL/;

export function createResult(
  returned: Returned,
  ports: SalePorts,
  onChange: (view: ResultView) => void,
): Result {
  let view: ResultView = {
    phase: 'confirming',
    reservation: null,
    wasCancelled: returned.kind === 'failed' && cancelled.test(returned.code),
    isReconnecting: false,
    isBusy: false,
    refusalCode: null,
    clockOffsetMs: 0,
  };
  let requests = 0;

  const show = (change: Partial<ResultView>) => {
    view = { ...view, ...change };
    onChange(view);
  };
  const backoff = createBackoff();
  const delayMs = () =>
    backoff.state().failures > 0
      ? backoffDelayMs(backoff.state(), ports.dice())
      : Math.min(undecidedMostMs, undecidedFirstMs + requests * 1_000) * (0.8 + 0.4 * ports.dice());
  const poller = createPoller(ports, step, delayMs);
  const hold = returned.kind === 'ask' ? null : returned.hold;
  const reservationId = returned.kind === 'ask' ? returned.reservationId : returned.hold.reservationId;

  async function step(): Promise<Next> {
    requests += 1;
    if (requests > requestsMax) return 'rest';
    const isConfirm =
      returned.kind === 'paid' && (view.phase === 'confirming' || requests % confirmEvery === 0);
    return isConfirm ? confirm() : readState();
  }

  async function confirm(): Promise<Next> {
    if (returned.kind !== 'paid') return 'rest';
    const { orderId, paymentKey, amountKrw } = returned;
    const answer = await requestSignedIn(ports, api.confirm, paymentAnswer, {
      method: 'POST',
      body: { orderId, paymentKey, amountKrw, fence: returned.hold.fence },
      headers: eventHeaders(returned.hold.eventId),
    });
    if (answer.kind !== 'ok') return handleRefusal(answer);
    noteSuccess();
    switch (answer.value.state) {
      case 'settled':
        return showOutcome('confirmed');
      case 'declined':
        return showOutcome('declined');
      case 'refunding':
      case 'refunded':
        return showOutcome('late');
      default:
        show({ phase: 'undecided' });
        return 'poll';
    }
  }

  /** The state of the reservation shows whether it was paid. */
  async function readState(): Promise<Next> {
    const answer = await readReservation();
    if (answer.kind !== 'ok') return handleRefusal(answer);
    noteSuccess();
    switch (answer.value.state) {
      case 'confirmed':
        return showOutcome('confirmed');
      case 'expired':
      case 'cancelled':
        return showOutcome('hold-ended');
      default:
        if (returned.kind === 'failed') return showOutcome('declined');
        show({ phase: 'undecided' });
        return 'poll';
    }
  }

  async function readReservation() {
    const answer = await requestSignedIn(ports, api.reservation(reservationId), reservationAnswer, {
      cache: 'no-store',
    });
    if (answer.kind === 'ok') {
      show({ reservation: answer.value, clockOffsetMs: answer.value.serverTimeMs - ports.nowMs() });
    }
    return answer;
  }

  async function showOutcome(phase: ResultPhase): Promise<Next> {
    const eventId = hold?.eventId ?? view.reservation?.eventId;
    if (eventId !== undefined && phase !== 'declined') keptSale(eventId, ports).dropHold();
    show({ phase, isReconnecting: false });
    // The ticket shows the seats, and the clock of a declined payment needs the hold's present end.
    if (view.reservation === null || phase === 'declined') await readReservation();
    return 'rest';
  }

  function noteSuccess(): void {
    backoff.succeed();
    if (view.isReconnecting) show({ isReconnecting: false });
  }

  async function handleRefusal(answer: Refusal): Promise<Next> {
    if (answer.kind === 'refused') {
      switch (answer.code) {
        case 'PAYMENT_DECLINED':
          return showOutcome('declined');
        case 'RESERVATION_OVER':
          return showOutcome(readOr(answer.details, lateDetails) === null ? 'hold-ended' : 'late');
        case 'SALE_ENDED':
          // Nothing was charged, and the hold expires without a release.
          return showOutcome('sale-ended');
        case 'NOT_SIGNED_IN':
          show({ phase: 'sign-in', isReconnecting: false });
          return 'rest';
        case 'CONFLICT':
          show({ phase: 'undecided' });
          return 'poll';
        case 'FENCE_REFUSED':
        case 'AMOUNT_DIFFERS':
        case 'NOT_FOUND':
        case 'WRONG_ACCOUNT':
        case 'FORBIDDEN':
        case 'BAD_REQUEST':
          show({ phase: 'refused', refusalCode: answer.code, isReconnecting: false });
          return 'rest';
      }
    }
    backoff.fail(answer);
    if (backoff.isWorthShowing()) show({ isReconnecting: true });
    return 'poll';
  }

  const isAsking = () => view.phase === 'confirming' || view.phase === 'undecided';
  return {
    view: () => view,
    start: () => poller.plan(0),
    wake() {
      if (!isAsking() || backoff.isPaused()) return;
      if (requests > requestsMax) requests = 0;
      poller.soon();
    },
    lostNetwork() {
      if (isAsking()) show({ isReconnecting: true });
    },
    reportClosed() {
      if (hold !== null && (view.phase === 'hold-ended' || view.phase === 'late'))
        ports.sendBeacon(api.queueAway(hold.eventId));
    },
    async payAgain() {
      if (hold === null || view.phase !== 'declined' || view.isBusy) return;
      show({ isBusy: true });
      const started = await startPayment(ports, hold);
      if (started.kind === 'gone') return show({ phase: 'leaving' });
      show({ isBusy: false });
      if (started.kind === 'undecided') {
        show({ phase: 'undecided' });
        return poller.soon();
      }
      if (started.kind === 'window-closed') return;
      const meaning = meaningForHold(started.answer, hold.eventId);
      switch (meaning?.kind) {
        case 'hold-ended':
          show({ phase: meaning.isBought ? 'confirmed' : 'hold-ended' });
          return;
        case 'leave':
          // The seat page keeps the hold in this tab and continues from it.
          show({ phase: 'leaving' });
          ports.go(meaning.href);
          return;
        case 'ended':
          show(
            meaning.phase === 'sign-in' || meaning.phase === 'sale-ended'
              ? { phase: meaning.phase }
              : { phase: 'refused', refusalCode: meaning.code },
          );
          return;
        default:
          // Too many declined orders, or a lost answer: the buyer can press again or go to the seat page.
          show({ refusalCode: started.answer.kind === 'refused' ? started.answer.code : 'UNAVAILABLE' });
      }
    },
  };
}

/** Address for a refresh of the decided page, so that it does not confirm again; null: the address stays. */
export function settledAddress(view: ResultView, returned: Returned): string | null {
  if (returned.kind !== 'paid') return null;
  const isDecided = view.phase === 'confirmed' || view.phase === 'hold-ended';
  return isDecided ? pages.reservation(returned.hold.reservationId) : null;
}
