import { pages } from '../../shared/addresses.ts';
import { EndCard } from '../../shared/end-card.tsx';
import { formatDateTime, formatKrw } from '../../shared/format.ts';
import { inLanguage } from '../../shared/language.ts';
import type { Voice } from '../../shared/mount.tsx';
import type { Reservation } from '../seats/answers.ts';
import { clockText, SeatedRow } from '../seats/parts.tsx';
import { remainingMs } from '../seats/sale-view.ts';
import { saleWords, seatName } from '../seats/words.ts';
import { Cancel } from './cancel.tsx';
import { isOpen, type MineProps } from './mine.ts';

export function MinePage(props: MineProps) {
  const { view, mine, voice } = props;
  const words = saleWords[voice.language];
  return (
    <>
      <h1>{words.mineTitle}</h1>
      {view.phase === 'loading' && <p class="loading">{voice.t.loading}</p>}
      {view.phase === 'sign-in' && (
        <EndCard lead={words.mineSignIn}>
          <a class="primary" href={pages.signIn(pages.reservations)}>
            {voice.t.signIn}
          </a>
        </EndCard>
      )}
      {view.phase === 'failed' && (
        <EndCard lead={voice.t.unavailable}>
          <button type="button" class="primary" onClick={mine.wake}>
            {voice.t.retry}
          </button>
        </EndCard>
      )}
      {view.phase === 'shown' &&
        (view.reservations.length === 0 ? (
          <section class="card ended empty">
            <SeatedRow own={0} isLit={false} />
            <h2>{words.mineEmpty}</h2>
            <p class="lead">{words.mineEmptyHint}</p>
            <a class="primary" href={pages.home}>
              {voice.t.home}
            </a>
          </section>
        ) : (
          <ul class="tickets">
            {view.reservations.map((own) => (
              <li key={own.reservationId}>
                <Slip {...props} own={own} />
              </li>
            ))}
          </ul>
        ))}
    </>
  );
}

function Slip(props: MineProps & { own: Reservation }) {
  const { view, own, voice, nowMs } = props;
  const { language } = voice;
  const words = saleWords[language];
  const event = view.events[own.eventId];
  const leftMs = remainingMs(own, view.clockOffsetMs, nowMs);
  const isPayable = own.state === 'pending' && leftMs > 0;
  const isConfirming = own.state === 'confirmed' && view.confirmingId === own.reservationId;
  const titleId = `title-${own.reservationId}`;
  const gone = own.state === 'confirmed' ? (own.givenBackSeatIds ?? []) : [];
  const kept = own.seatIds.filter((seatId) => !gone.includes(seatId));
  return (
    <article class={`ticket slip ${own.state}${isConfirming ? ' confirming' : ''}`} aria-labelledby={titleId}>
      <div class="slip-main">
        <span class={`chip ${chips[own.state]}`}>{words.mineStates[own.state]}</span>
        <h2 id={titleId}>{inLanguage(event?.title, language) ?? own.eventId}</h2>
        {event?.startsAt !== undefined && <p class="lead">{formatDateTime(event.startsAt, language)}</p>}
        <p class="slip-seats">{namesOf(kept, voice)}</p>
        {gone.length > 0 && kept.length > 0 && (
          <p class="lead small">{words.givenBack(namesOf(gone, voice))}</p>
        )}
        <p class="lead small">
          {`${words.reservedAt} ${formatDateTime(new Date(own.createdAtMs).toISOString(), language)}`}
        </p>
        {own.state === 'cancelled' && own.orderId !== undefined && (
          <p class="lead small">{words.refundNote}</p>
        )}
      </div>
      <div class="stub slip-stub">
        <p class="sum">{formatKrw(own.amountKrw, language)}</p>
        <p class="lead small">{`${words.reservationNumber} ${own.reservationId.slice(0, 8)}`}</p>
        {isPayable && (
          <div class="slip-pay">
            <p class="lead small">{words.until(clockText(leftMs))}</p>
            {props.mine.isHeldHere(own) ? (
              <a class="primary" href={pages.seats(own.eventId)}>
                {words.goPay}
              </a>
            ) : (
              <p class="lead small">{words.payElsewhere}</p>
            )}
          </div>
        )}
        {(own.state === 'confirmed' || isOpen(own)) && <Cancel {...props} />}
      </div>
    </article>
  );
}

/** States of events in the catalogue whose chip has the colour that fits. */
const chips: Readonly<Record<Reservation['state'], string>> = {
  claiming: 'paused',
  pending: 'paused',
  confirmed: 'open',
  expired: 'closed',
  cancelled: 'closed',
};

const namesOf = (seatIds: readonly string[], { language }: Voice) =>
  seatIds.map((seatId) => seatName(seatId, language, null)).join(' · ');
