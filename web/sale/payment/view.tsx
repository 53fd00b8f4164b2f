import type { ComponentChildren } from 'preact';
import { pages } from '../../shared/addresses.ts';
import type { CatalogueEvent } from '../../shared/answers.ts';
import { EndCard } from '../../shared/end-card.tsx';
import { formatKrw } from '../../shared/format.ts';
import { inLanguage } from '../../shared/language.ts';
import type { Voice } from '../../shared/mount.tsx';
import { clockText, SeatedRow } from '../seats/parts.tsx';
import { remainingMs } from '../seats/sale-view.ts';
import { saleWords, seatName } from '../seats/words.ts';
import type { Result, ResultView } from './result.ts';
import type { Returned } from './returned.ts';

export interface ResultProps {
  readonly view: ResultView;
  readonly result: Pick<Result, 'payAgain'>;
  readonly returned: Returned;
  readonly event: CatalogueEvent | null;
  readonly nowMs: number;
  readonly voice: Voice;
}

/** Heading of the result; also the title of the tab, and announced to screen readers. */
export function resultTitle(view: ResultView, { language }: Voice): string {
  const words = saleWords[language];
  switch (view.phase) {
    case 'confirming':
      return words.confirmingTitle;
    case 'undecided':
      return words.undecidedTitle;
    case 'confirmed':
      return words.confirmedTitle;
    case 'declined':
      return view.wasCancelled ? words.turnedBackTitle : words.declinedTitle;
    case 'late':
      return words.lateTitle;
    case 'hold-ended':
      return words.overTitle;
    case 'sale-ended':
      return words.saleEndedTitle;
    case 'leaving':
      return words.toProvider;
    case 'sign-in':
      return words.mineTitle;
    case 'refused':
      return words.paymentRefused;
  }
}

export function ResultPage(props: ResultProps) {
  const { view, event, voice } = props;
  const words = saleWords[voice.language];
  return (
    <div class="waiting">
      <hgroup>
        {event !== null && <p class="eyebrow">{inLanguage(event.title, voice.language)}</p>}
        <h1 id="result" class={`result-${view.phase}`}>
          {resultTitle(view, voice)}
        </h1>
      </hgroup>
      <Body {...props} />
      {view.isReconnecting && <p class="hint lost">{words.reconnecting}</p>}
    </div>
  );
}

function Body(props: ResultProps) {
  const { view, returned, voice } = props;
  const words = saleWords[voice.language];
  const eventId = returned.kind === 'ask' ? view.reservation?.eventId : returned.hold.eventId;
  switch (view.phase) {
    case 'confirming':
      return (
        <Slip props={props} isLit={false} lead={words.confirmingHint} isWaiting={true}>
          {null}
        </Slip>
      );
    case 'undecided':
      return (
        <Slip props={props} isLit={false} lead={words.undecidedHint} isWaiting={true}>
          {null}
        </Slip>
      );
    case 'confirmed':
      return (
        <Slip props={props} isLit={true} lead={words.confirmedHint}>
          <a class="primary wide" id="to-mine" href={pages.reservations}>
            {words.toMine}
          </a>
        </Slip>
      );
    case 'declined':
      return (
        <Slip props={props} isLit={false} lead={words.declinedHint} hasClock={true}>
          <button
            type="button"
            class="primary wide"
            id="pay-again"
            aria-disabled={view.isBusy}
            onClick={() => void props.result.payAgain()}
          >
            {words.payAgain}
          </button>
          {view.refusalCode !== null && <p class="problem">{words.payAgainFailed}</p>}
          {eventId !== undefined && (
            <a class="quiet link" href={pages.seats(eventId)}>
              {words.toSeats}
            </a>
          )}
        </Slip>
      );
    case 'late':
    case 'hold-ended':
      return (
        <Slip props={props} isLit={false} lead={view.phase === 'late' ? words.lateHint : words.overHint}>
          {eventId !== undefined && (
            <a class="primary wide" href={pages.seats(eventId)}>
              {words.toSeats}
            </a>
          )}
          <a class="quiet link" href={pages.reservations}>
            {words.toMine}
          </a>
        </Slip>
      );
    case 'sale-ended':
      return (
        <Slip props={props} isLit={false} lead={words.saleEndedNotPaid}>
          <a class="primary wide" href={pages.reservations}>
            {words.toMine}
          </a>
        </Slip>
      );
    case 'leaving':
      return <p class="lead">{words.toProviderHint}</p>;
    case 'sign-in':
      return (
        <EndCard lead={words.resultSignIn}>
          <a class="primary" href={pages.signIn(pages.reservations)}>
            {voice.t.signIn}
          </a>
        </EndCard>
      );
    case 'refused':
      return (
        <EndCard lead={words.paymentRefusedHint(view.refusalCode ?? '')}>
          <a class="primary" href={pages.reservations}>
            {words.toMine}
          </a>
        </EndCard>
      );
  }
}

/** The ticket of the payment. */
function Slip(what: {
  readonly props: ResultProps;
  readonly isLit: boolean;
  readonly lead: string;
  /** Shows how long the seats are still held. @default false */
  readonly hasClock?: boolean;
  /** Shows a progress bar without a value. @default false */
  readonly isWaiting?: boolean;
  readonly children: ComponentChildren;
}) {
  const { view, voice, nowMs } = what.props;
  const { language } = voice;
  const words = saleWords[language];
  const own = view.reservation;
  return (
    <section class="ticket" aria-labelledby="result">
      <div class="ticket-main">
        <SeatedRow own={own?.seatIds.length ?? 2} isLit={what.isLit} />
        {what.isWaiting && <progress aria-label={words.confirmingTitle} />}
        <p class="lead">{what.lead}</p>
        {what.hasClock && own?.state === 'pending' && (
          <>
            <p class="label">{words.timeLeft}</p>
            <p class="hero clock" role="timer">
              {clockText(remainingMs(own, view.clockOffsetMs, nowMs))}
            </p>
          </>
        )}
      </div>
      {own !== null && (
        <dl class="stub bill">
          <div>
            <dt>{words.seatsLabel}</dt>
            <dd id="result-seats">
              <ul>
                {own.seatIds.map((seatId) => (
                  <li key={seatId}>{seatName(seatId, language, null)}</li>
                ))}
              </ul>
            </dd>
          </div>
          <div>
            <dt>{view.phase === 'confirmed' ? words.paid : words.total}</dt>
            <dd class="sum">{formatKrw(own.amountKrw, language)}</dd>
          </div>
          {view.phase === 'confirmed' && (
            <div class="whole">
              <dt>{words.reservationNumber}</dt>
              <dd class="number">{own.reservationId}</dd>
            </div>
          )}
        </dl>
      )}
      <div class="ticket-foot">{what.children}</div>
    </section>
  );
}
