import type { Reservation } from '../seats/answers.ts';
import { clockText, SeatedRow } from '../seats/parts.tsx';
import { remainingMs } from '../seats/sale-view.ts';
import { saleWords, seatName } from '../seats/words.ts';
import { pages } from '../shared/addresses.ts';
import { formatDateTime, formatKrw } from '../shared/format.ts';
import { inLanguage } from '../shared/language.ts';
import type { Voice } from '../shared/mount.tsx';
import { isOpen, type Mine, type MineView } from './mine.ts';

export interface MineProps {
  readonly view: MineView;
  readonly mine: Pick<Mine, 'ask' | 'cancel' | 'wake' | 'isHeldHere'>;
  readonly nowMs: number;
  readonly voice: Voice;
}

export function MinePage(props: MineProps) {
  const { view, mine, voice } = props;
  const words = saleWords[voice.language];
  return (
    <>
      <h1>{words.mineTitle}</h1>
      {view.phase === 'loading' && <p class="loading">{voice.t.loading}</p>}
      {view.phase === 'sign-in' && (
        <section class="card ended">
          <p class="lead">{words.mineSignIn}</p>
          <a class="primary" href={pages.signIn(pages.reservations)}>
            {voice.t.signIn}
          </a>
        </section>
      )}
      {view.phase === 'failed' && (
        <section class="card ended">
          <p class="lead">{voice.t.unavailable}</p>
          <button type="button" class="primary" onClick={mine.wake}>
            {voice.t.retry}
          </button>
        </section>
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
  const titleId = `title-${own.reservationId}`;
  return (
    <article class={`ticket slip ${own.state}`} aria-labelledby={titleId}>
      <div class="slip-main">
        <span class={`chip ${chips[own.state]}`}>{words.mineStates[own.state]}</span>
        <h2 id={titleId}>{inLanguage(event?.title, language) ?? own.eventId}</h2>
        {event?.startsAt !== undefined && <p class="lead">{formatDateTime(event.startsAt, language)}</p>}
        <p class="slip-seats">{own.seatIds.map((seatId) => seatName(seatId, language, null)).join(' · ')}</p>
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

/** Colours of the chips that the catalogue has already. */
const chips: Readonly<Record<Reservation['state'], string>> = {
  claiming: 'paused',
  pending: 'paused',
  confirmed: 'open',
  expired: 'closed',
  cancelled: 'closed',
};

/** Cancelling cannot be taken back, so it is asked twice. */
function Cancel({ view, mine, own, voice }: MineProps & { own: Reservation }) {
  const { language } = voice;
  const words = saleWords[language];
  const id = own.reservationId;
  if (view.busyId === id) return <p class="lead small">{words.cancelling}</p>;
  if (view.askedId !== id) {
    return (
      <div>
        {view.problem?.id === id && (
          <p class="problem">{view.problem.kind === 'lost' ? words.cancelLost : words.cancelUnsettled}</p>
        )}
        <button type="button" class="quiet" id={`cancel-${id}`} onClick={() => mine.ask(id)}>
          {words.cancel}
        </button>
      </div>
    );
  }
  const isPaid = own.state === 'confirmed';
  return (
    <section class="leaving" aria-label={words.cancel}>
      <p>{isPaid ? words.cancelSurePaid(formatKrw(own.amountKrw, language)) : words.cancelSure}</p>
      <div class="choices">
        <button type="button" class="quiet" id={`keep-${id}`} onClick={() => mine.ask(null)}>
          {words.cancelNo}
        </button>
        <button type="button" class="quiet" id={`cancel-sure-${id}`} onClick={() => void mine.cancel(id)}>
          {words.cancelYes}
        </button>
      </div>
    </section>
  );
}
